"""Thousands of wishes at once, for measuring: written straight into the table, as the app itself would write them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from chalicelib.base import aws, clock, ids, settings
from chalicelib.imports.reading import read_register
from chalicelib.imports.rows import WishRow
from chalicelib.imports.rules import judge_wishes
from chalicelib.wishes import change, rules
from chalicelib.wishes.records import Wish

REGISTER = Path(__file__).resolve().parent.parent.parent / "dev" / "data" / "round-1-wishes.csv"
CLAIMS = REGISTER.with_name("round-1-claims.csv")
_AT_ONCE = 25  # BatchWriteItem's limit


@cache
def register_rows() -> Sequence[WishRow]:
    """The 414 rows of the first round's register: titles, places and lengths as people really write them."""
    judged = judge_wishes(
        read_register(REGISTER.read_bytes(), "wishes"),
        today=clock.now().date(),
        subdistricts=settings.subdistricts(),
        categories=settings.categories(),
        allowed_subdistricts=None,
    )
    assert len(judged.rows) == 414
    return judged.rows


def store(
    round_id: str, numbers: range, shards: int, published_at: str, *, all_open: bool = False, only_lines: bool = False
) -> None:
    """Write wishes of a round, due for a reminder a day after publication: open, claimed, fulfilled by turns.

    With `only_lines` nothing but what the narrow index takes of them, which is quicker and weighs the same there.
    """
    rows = register_rows()
    wishes = [
        wish_of(rows[number % len(rows)], round_id, number, shards, published_at, 0 if all_open else number % 4)
        for number in numbers
    ]
    table = f"{settings.table_prefix()}-{Wish.room}"
    for start in range(0, len(wishes), _AT_ONCE):
        some = wishes[start : start + _AT_ONCE]
        items = [_line(wish) if only_lines else wish.to_dynamodb_dict() for wish in some]
        puts = [{"PutRequest": {"Item": item}} for item in items]
        answer = aws.client("dynamodb").batch_write_item(RequestItems={table: puts})
        assert not answer.get("UnprocessedItems")


def _line(wish: Wish) -> dict[str, dict[str, str]]:
    return {"pk": {"S": wish.pk}, "sk": {"S": wish.sk}, "nk": {"S": wish.narrow_key}, "n": {"S": wish.line}}


def wish_of(row: WishRow, round_id: str, number: int, shards: int, at: str, progress: int) -> Wish:
    """`progress`: 0 published, 1 claimed, more: fulfilled."""
    identity = ids.derived_id("many", round_id, str(number))
    wish = Wish(
        identity, "wish", version=3, state="published", round=round_id, shard=rules.shard_of(identity, shards),
        source=f"{round_id}-{number:05d}", fingerprint="0" * 32, receipt="ABCD2345", kind=row.kind,
        category=row.category, subject=row.subject, team_size=row.team_size, title=row.title, story=row.story,
        subdistrict=row.subdistrict, committee=row.committee, wisher_name="秦**", age_band="70-79", consents="ps",
        contact=identity, declared_at=clock.later(at, days=-9), published_at=at,
        due_at=clock.later(at, days=1),
    )  # fmt: skip
    if progress > 0:
        wish.state, wish.version, wish.claim, wish.claimed_at = "claimed", 4, 4, clock.later(at, hours=1)
        wish.claimant, wish.claimant_type, wish.basis, wish.due_at = identity, "party_member", "roster", None
    if progress > 1:
        wish.state, wish.version, wish.delivered_at = "fulfilled", 6, clock.later(at, days=3)
        wish.fulfilled_at = wish.delivered_at
    change.derive(wish)
    return wish
