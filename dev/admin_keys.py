"""Rotating the key that signs tokens: add one, let it sign, retire the old one; each step once it is safe.

    add       everybody verifies with the new key, nobody signs with it       wait: every process has heard of it
    switch    the new key signs; what the old one signed goes on being good   wait: nothing it signed is still valid
    retire    the old key is removed

Running the command does the step that is due. The secrets are one parameter of SSM: its content is read, changed and
written as a whole, under a lock, and a write of somebody else's in between is noticed by the version.
"""

import argparse
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import ClientError

from dev.stages import Refused

SWITCH_AFTER: Final = 10 * 60
"""Seconds: twice as long as a warm process goes on with the secrets it has (base/settings.py)."""
RETIRE_AFTER: Final = 30 * 24 * 3600 + 3600
"""Seconds: as long as a refresh token is good, and an hour for clocks that differ."""
_LOCK_SECONDS: Final = 15 * 60

Content = dict[str, Any]


def add(commands: Any, everywhere: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    rotate = commands.add_parser(
        "rotate-token-key",
        parents=[everywhere],
        help="do the next step of rotating the key that signs tokens",
    )
    rotate.add_argument(
        "--leaked", action="store_true", help="the key is known to others: sign out everybody, now, with a new key"
    )
    rotate.set_defaults(run=rotate_token_key)


def rotate_token_key(given: argparse.Namespace) -> Iterator[str]:
    """Do the step that is due. Raises Refused while another rotation runs, or where one was written over."""
    from chalicelib.base import aws, settings

    ssm, name = aws.client("ssm"), settings.secrets_name()
    with _locked(ssm, f"{name}-lock"):
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        changed, said = next_step(json.loads(found["Value"]), int(time.time()), leaked=given.leaked)
        if changed is not None:
            _write(ssm, name, changed, int(found["Version"]))
    yield said


def next_step(content: Content, now: int, *, leaked: bool = False) -> tuple[Content | None, str]:
    """The secrets after the step that is due at the epoch second `now` (None: nothing is), and what to tell people."""
    keys, signing = dict(content["token_keys"]), content["token_key"]
    since = {key: at for key, at in content.get("token_keys_since", {}).items() if key in keys}
    if leaked:
        new = _next_id(keys)
        return _with(content, {new: _secret()}, new, {new: now}), f"{new} is the only key now: everybody is signed out."
    waiting = [key for key in keys if key != signing and _number(key) > _number(signing)]
    if waiting:
        return _switched(content, keys, waiting[0], since, now)
    if len(keys) > 1:
        return _retired(content, keys, since, now)
    new = _next_id(keys)
    after = _with(content, keys | {new: _secret()}, signing, since | {new: now})
    return after, f"{new} is added and does not sign yet. Run this again after {_clock(now + SWITCH_AFTER)}."


def _switched(
    content: Content, keys: dict[str, str], new: str, since: dict[str, int], now: int
) -> tuple[Content | None, str]:
    due = since.get(new, now) + SWITCH_AFTER
    if new in since and due <= now:
        again = _clock(now + RETIRE_AFTER)
        switched = _with(content, keys, new, since | {new: now})
        return switched, f"{new} signs now. Run this again after {again} to retire the old key."
    # A key added by hand: nobody knows when, so its time begins now.
    after = None if new in since else _with(content, keys, content["token_key"], since | {new: now})
    return after, f"{new} waits until every process knows it. Run this again after {_clock(due)}."


def _retired(content: Content, keys: dict[str, str], since: dict[str, int], now: int) -> tuple[Content | None, str]:
    signing = content["token_key"]
    old = ", ".join(sorted(set(keys) - {signing}))
    due = since.get(signing, now) + RETIRE_AFTER
    if signing in since and due <= now:
        return _with(content, {signing: keys[signing]}, signing, {signing: since[signing]}), f"{old} is retired."
    after = None if signing in since else _with(content, keys, signing, since | {signing: now})
    return after, f"Nothing to do: {old} is still good for tokens it signed. Run this again after {_clock(due)}."


def _with(content: Content, keys: dict[str, str], signing: str, since: dict[str, int]) -> Content:
    """The content with other keys; everything else in it stays as it is."""
    return content | {"token_keys": keys, "token_key": signing, "token_keys_since": since}


def _write(ssm: Any, name: str, content: Content, version: int) -> None:
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
    # Written without naming its key, a parameter would be sealed with the account's default one from then on.
    sealed_by = {"KeyId": described[0]["KeyId"]} if described and described[0].get("KeyId") else {}
    written = ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps(content), Overwrite=True, **sealed_by)[
        "Version"
    ]
    # SSM writes unconditionally. The lock keeps other rotations out; whoever edits by hand shows in the version.
    if int(written) != version + 1:
        raise Refused(
            f"Somebody else wrote {name} at the same moment: its version {int(written) - 1} is lost. Compare it with "
            f"version {version} and bring the difference into version {written}."
        )


@contextmanager
def _locked(ssm: Any, name: str) -> Iterator[None]:
    """Hold the lock, a parameter: SSM refuses to make one that is there. A command that died leaves it behind."""
    try:
        ssm.put_parameter(Name=name, Type="String", Value=str(int(time.time())), Overwrite=False)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise
        held = int(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        if held + _LOCK_SECONDS > time.time():
            raise Refused(f"Another rotation is under way since {_clock(held)}.") from refusal
        raise Refused(
            f"A rotation of {_clock(held)} did not end. Look at it, then delete the parameter {name}."
        ) from None
    try:
        yield
    finally:
        ssm.delete_parameter(Name=name)


def _secret() -> str:
    return secrets.token_urlsafe(48)


def _number(key: str) -> int:
    """The number in a key's id ("k7"), 0 for an id of another form."""
    return int(key[1:]) if key[:1] == "k" and key[1:].isdecimal() else 0


def _next_id(keys: dict[str, str]) -> str:
    return f"k{max(map(_number, keys), default=0) + 1}"


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
