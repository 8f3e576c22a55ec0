"""Rights for what the walk does not come to: races, refusals of a provider, other providers, other registers.

Each was read off the code; whoever takes the walk there takes the line away here.
"""

from __future__ import annotations

from typing import Final

from tests.template.calls import Right

_SENDING: Final = {
    "notices": "Query DeleteItem UpdateItem",  # another channel, an erased reader, WeChat's token
}
_RARELY: Final[dict[str, dict[str, str]]] = {
    "api": {
        "accounts": "ConditionCheckItem",  # the last administrator stays
        "notices": "BatchGetItem GetItem UpdateItem",  # what could not be sent, looked at and sent again
        "rounds": "UpdateItem",  # a lock is held for long
    },
    "deliver": _SENDING,
    "reminders": _SENDING,
    "sweep": _SENDING | {
        "claims": "ConditionCheckItem Query",  # a line of standbys moves under the clock
        "rounds": "UpdateItem",  # a lock is held for long
    },
    "summaries": {
        "rounds": "GetItem",
        "reports": "Query",
    },
    "imports": {
        "accounts": "Query UpdateItem DeleteItem",  # a roster; a corrected phone
        "claims": "BatchGetItem ConditionCheckItem GetItem PutItem Query UpdateItem",  # a register of claims
        "claims/index/claimant": "Query",
        "wishes": "ConditionCheckItem DeleteItem GetItem Query UpdateItem",  # rows that correct what is there
        "wishes/index/narrow": "Query",
        "rounds": "ConditionCheckItem Query UpdateItem",  # a lock is held for long, a round closed meanwhile
        "imports": "UpdateItem",  # a sign of life
    },
    "retention": {
        "accounts": "BatchGetItem ConditionCheckItem DeleteItem PutItem UpdateItem",  # a contact's account goes
        "claims": "BatchGetItem ConditionCheckItem PutItem",
        "claims/index/claimant": "Query",
        "wishes": "BatchGetItem ConditionCheckItem",
        "notices": "GetItem UpdateItem",
        "privacy": "UpdateItem",
        "rounds": "GetItem",
    },
}  # fmt: skip
_BESIDES: Final[dict[str, tuple[Right, ...]]] = {
    "api": (Right("s3:GetObject", "imports/"),),  # an import cut off, sent again
    "deliver": (Right("ses:SendEmail", "identity"), Right("ssm:GetParameter", "secrets")),  # other channels than SMS
    "reminders": (Right("ses:SendEmail", "identity"), Right("ssm:GetParameter", "secrets")),
    "sweep": (Right("ses:SendEmail", "identity"),),
    "summaries": (Right("s3:ListBucket", "bucket"),),  # the summary of the round before is gone
    "imports": (Right("s3:ListBucket", "bucket"),),  # the register is gone: only the note of the end was lost
}


def rarely(function: str) -> set[Right]:
    """What a function may need although the walk does not show it."""
    of_tables = {
        Right(f"dynamodb:{action}", resource)
        for resource, actions in _RARELY.get(function, {}).items()
        for action in actions.split()
    }
    return of_tables | set(_BESIDES.get(function, ()))
