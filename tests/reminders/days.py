"""The days of these tests, counted from a Monday morning, and what people have received on them."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.accounts import tokens
from chalicelib.base import clock
from chalicelib.notices import templates
from chalicelib.notices.records import Notice
from tests.people import Api
from tests.world import World

MORNING = datetime(2031, 11, 24, 2, 0, tzinfo=UTC)
"""Ten on a Monday morning in Shanghai: nobody's sleep is disturbed. Far ahead: what has passed its TTL is deleted."""


def after(**delta: float) -> AbstractContextManager[None]:
    """That long after the morning."""
    return clock.pinned(MORNING + timedelta(**delta))


def sms(world: World, phone: str, kind: str = "unclaimed") -> list[str]:
    """The texts of a kind that went out to a phone, the oldest first."""
    return [sent.text for sent in world.anyone.outbox if sent.to == phone and sent.kind == kind]


def inbox(reader: Api, kind: str) -> list[dict[str, Any]]:
    """What lies in somebody's inbox of a kind: the values of its sentence, the oldest first."""
    found = Notice.query(reader.account, Notice.sk.startswith("m#"), consistent_read=True)
    return [{"at": notice.at, **notice.values} for notice in found if notice.kind == kind]


def counts(reader: Api, kind: str = "unclaimed") -> list[int]:
    """How many wishes each digest of a kind speaks of, the oldest first."""
    return [each["count"] for each in inbox(reader, kind)]


def now(who: Api) -> Api:
    """The same person with a token that is good at the pinned time."""
    return Api(tokens.sign("access", who.account, 0, seconds=60), who.outbox, who.account, strict=True)


def words(kind: str) -> str:
    """How a kind's Chinese sentence begins."""
    return templates.TEXTS[kind][0].partition("{")[0]
