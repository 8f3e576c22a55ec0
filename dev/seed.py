"""Fills the local run as product.md section 6 says, over the same HTTP surface that everybody uses.

Every step looks first or carries an Idempotency-Key: a seeding that was cut off is finished by the next.
Only the accounts' roles are given from inside: the first administrator has nobody to ask.
"""

import hashlib
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.accounts.actions import seed_account
from chalicelib.base import clock
from dev import demo
from dev.client import Client, Refused
from dev.steps import Bar

REGISTERS = Path(__file__).resolve().parent / "data"
_BUSY_SECONDS = 120.0  # a cut-off import's lock on its round runs out within that time
_ORDER = ("submitted", "verified", "published")


def edition() -> str:
    """A fingerprint of all that is seeded: kept beside the data, it says whether seeding is finished."""
    content = hashlib.sha256()
    for file in (Path(__file__), Path(demo.__file__), *sorted(REGISTERS.glob("*.csv"))):
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def seed(anyone: Client) -> None:
    """Make accounts, round 1 from its registers, round 2 with wishes to claim. Raises Refused, OSError."""
    with Bar(parts=len(demo.PEOPLE) + 5 + len(demo.WISHES)) as bar:
        bar.stage("accounts")
        for person in demo.PEOPLE:
            _account(person)
            bar.done()
        administrator = anyone.signed_in(demo.ADMINISTRATOR)
        _first_round(administrator, bar)
        _second_round(anyone, administrator, bar)


def _account(person: demo.Person) -> None:
    seed_account(
        person.phone,
        name=person.name,
        roles=person.roles,
        subdistricts=person.subdistricts,
        committees=person.committees,
        claimant_type=person.claimant_type,
    )


def _first_round(administrator: Client, bar: Bar) -> None:
    bar.stage("round 1: opening")
    opened = _round(administrator, demo.ROUND_1)
    bar.done()
    if opened["state"] == "closed":
        for _ in range(3):
            bar.done()
        return
    for kind in ("wishes", "claims"):
        bar.stage(f"round 1: importing the register of {kind}")
        register = (REGISTERS / f"round-1-{kind}.csv").read_bytes()
        query = {"kind": kind, "round": opened["id"]}
        _when_free(administrator, "/v1/imports", register, query=query, media="text/csv")
        bar.done()
    bar.stage("round 1: closing, summary")
    _when_free(administrator, f"/v1/rounds/{opened['id']}/close")
    bar.done()


def _second_round(anyone: Client, administrator: Client, bar: Bar) -> None:
    bar.stage("round 2: opening")
    now = clock.now()
    opened = _round(
        administrator,
        demo.ROUND_2
        | {
            "declare_from": clock.stamp(now - timedelta(days=1)),
            "claim_from": clock.stamp(now - timedelta(hours=1)),
            "claim_until": clock.stamp(now + timedelta(days=30)),
            "deliver_until": clock.stamp(now + timedelta(days=60)),
        },
    )
    bar.done()
    declarers = {phone: anyone.signed_in(phone) for phone in {wish.declared_by for wish in demo.WISHES}}
    bar.stage("round 2: wishes")
    for number, wish in enumerate(demo.WISHES, 1):
        key = f"seed-round-2-wish-{number}"
        body = wish.body | {"round": opened["id"]}
        declared = declarers[wish.declared_by].call("POST", "/v1/wishes", body, key=key)
        _take_to(administrator, declared["id"], wish)
        bar.done()


def _round(administrator: Client, wanted: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = [
        known for known in administrator.every("/v1/rounds") if known["number"] == wanted["number"]
    ]
    if found:
        return found[0]
    opened: dict[str, Any] = administrator.call("POST", "/v1/rounds", wanted)
    return opened


def _take_to(administrator: Client, wish_id: str, wish: demo.Wish) -> None:
    """Review the wish as far as it is meant to go; the administrator may, having declared none of them."""
    state = administrator.call("GET", f"/v1/wishes/{wish_id}")["state"]
    reached = _ORDER.index(state) if state in _ORDER else len(_ORDER)
    if reached < 1 <= _ORDER.index(wish.until):
        team = wish.body["subject"] == "team"
        verification = {
            "method": "visit",
            "identity": True,
            "income": "not_applicable" if team else "confirmed",
            "feasible": True,
            "on": clock.local_day(clock.stamp()),
            "cosigned_by": wish.body["committee"],
        }
        administrator.call("POST", f"/v1/wishes/{wish_id}/verify", verification)
    if reached < 2 <= _ORDER.index(wish.until):
        administrator.call("POST", f"/v1/wishes/{wish_id}/publish", {})


def _when_free(client: Client, path: str, body: bytes | None = None, **more: Any) -> None:
    """POST, again while another bulk operation (a cut-off one, that is) holds the round."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            client.call("POST", path, body if body is not None else {}, **more)
        except Refused as refusal:
            if refusal.code != "round_busy" or time.monotonic() > until:
                raise
            time.sleep(2)
        else:
            return
