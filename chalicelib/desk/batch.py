"""Acts on many wishes at once: each item is the single act, with its own rules, history entry and idempotency.

One that is refused or fails never stops the others. A batch under an Idempotency-Key gives every item a key of its
own, made of the batch's and the wish's id: sent again, whole or in part, what was done is not done twice.
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, NamedTuple

import msgspec

from chalicelib.base import bodies, failures, ids
from chalicelib.base.problems import FieldFault, NotReached, Problem, Unprocessable
from chalicelib.desk import reminding, shapes
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import reading
from chalicelib.wishes import shapes as wish_shapes
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt

BUDGET_SECONDS: Final = 18.0
"""How long a batch begins new items; API Gateway answers for 29 s at most, and the last one may take its time."""


class Done(NamedTuple):
    """An item's wish after the act; `sent`: how many reminders this wrote."""

    wish: Wish
    sent: int | None = None


def run(body: shapes.BatchBody, attempt: Attempt, language: str) -> shapes.BatchResult:
    """Do the batch's act on each of its items, one after the other; one result per item, in their order."""
    deadline = monotonic() + BUDGET_SECONDS
    return shapes.BatchResult([_result(item, body, attempt, language, deadline) for item in body.items])


def _result(
    item: shapes.Fields | str, body: shapes.BatchBody, attempt: Attempt, language: str, deadline: float
) -> shapes.ItemResult:
    own: shapes.Fields = dict(item) if isinstance(item, dict) else {"id": item}
    wish_id = own.pop("id", None)
    named = wish_id if isinstance(wish_id, str) else None
    try:
        if monotonic() > deadline:
            raise NotReached()
        if named is None:
            raise Unprocessable("invalid_fields", errors=[FieldFault("id", "field_missing")])
        done = ACTS[body.act](named, {**body.body, **own}, _attempt_of_item(attempt, body, named, own))
    except Exception as error:
        # Whatever became of this item, the others go on: a bug that one wish runs into must not lose their results.
        return _refused(named, failures.problem_of(error, f"batch {body.act}"), language)
    return shapes.ItemResult(named, True, 200, done.wish.state, int(done.wish.version), done.sent)


def _attempt_of_item(attempt: Attempt, body: shapes.BatchBody, wish_id: str, own: shapes.Fields) -> Attempt:
    if not attempt.key:
        return Attempt(attempt.caller, at=attempt.at)
    asked = msgspec.json.encode({**body.body, **own}, order="deterministic").decode()
    return Attempt(
        attempt.caller, ids.digest(attempt.key, body.act, wish_id), ids.digest(body.act, wish_id, asked), attempt.at
    )


def _refused(wish_id: str | None, problem: Problem, language: str) -> shapes.ItemResult:
    document = problem.document(language)
    return shapes.ItemResult(
        wish_id,
        False,
        problem.status,
        state=document.get("state"),
        code=problem.code,
        detail=document["detail"],
        errors=document.get("errors"),
        found=document.get("found"),
    )


def _verify(wish_id: str, fields: shapes.Fields, attempt: Attempt) -> Done:
    return _acted(wishes.verify(wish_id, bodies.convert(fields, wish_shapes.VerifyBody), attempt), attempt)


def _publish(wish_id: str, fields: shapes.Fields, attempt: Attempt) -> Done:
    return _acted(wishes.publish(wish_id, bodies.convert(fields, wish_shapes.PublishBody), attempt), attempt)


def _return(wish_id: str, fields: shapes.Fields, attempt: Attempt) -> Done:
    reason = bodies.convert(fields, wish_shapes.ReasonBody)
    return _acted(wishes.send_back(wish_id, "return", reason, attempt), attempt)


def _reject(wish_id: str, fields: shapes.Fields, attempt: Attempt) -> Done:
    reason = bodies.convert(fields, wish_shapes.ReasonBody)
    return _acted(wishes.send_back(wish_id, "reject", reason, attempt), attempt)


def _remind(wish_id: str, fields: shapes.Fields, attempt: Attempt) -> Done:
    bodies.convert(fields, shapes.NoWords)
    return Done(*reminding.remind(wish_id, attempt))


def _acted(wish: Wish, attempt: Attempt) -> Done:
    # As the single act does: one that was done before answers under today's permissions.
    reading.require_visible(wish, attempt.caller)
    return Done(wish)


ACTS: Final[Mapping[shapes.Act, Callable[[str, shapes.Fields, Attempt], Done]]] = {
    "verify": _verify,
    "publish": _publish,
    "return": _return,
    "reject": _reject,
    "remind": _remind,
}
