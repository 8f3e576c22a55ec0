"""Lines for the summaries under test: round 1 from its two registers, and random ones."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hypothesis import strategies as st

from chalicelib.base.clock import SHANGHAI
from chalicelib.base.words import BASES, CATEGORIES, CLAIMANT_TYPES, KINDS, STAGES, STATES, SUBDISTRICTS, SUBJECTS
from chalicelib.reports.page import write_page
from chalicelib.reports.plain import write_csv, write_json
from chalicelib.reports.rules import summary
from chalicelib.reports.shapes import RoundInfo, Summary
from chalicelib.reports.sheets import masked_claim, masked_wish
from chalicelib.reports.workbook import write_workbook
from chalicelib.wishes.narrow import Narrow

DATA = Path(__file__).parents[2] / "dev" / "data"
AS_OF = "2016-03-01T00:00:00Z"
NOW = 1_456_790_400
DAY = 86_400
ROUND = RoundInfo(
    id="1",
    number=1,
    name="新春专场",
    declare_from="2016-01-14T16:00:00Z",
    claim_from="2016-02-01T01:00:00Z",
    claim_until="2016-02-25T16:00:00Z",
    deliver_until="2016-03-10T16:00:00Z",
    state="closed",
)
FORMULA = "=cmd|'/c calc'!A1"


def wish(state: str = "published", waiting: float = 1, **known: object) -> Narrow:
    """A wish that came into its state (or was declared) `waiting` days before AS_OF."""
    since = NOW - int(waiting * DAY)
    public = state not in ("submitted", "verified", "returned", "rejected")
    taken = state in ("claimed", "delivered", "fulfilled")
    plain = Narrow(
        id="w1",
        state=state,
        hidden=False,
        kind="material",
        subject="individual",
        category="康复护理",
        subdistrict="花木街道",
        claimant_type="party_member" if taken else "",
        basis="declared" if taken else "",
        sector="教育" if taken else "",
        declared_at=since,
        published_at=since if public else 0,
        republished_at=since if public else 0,
        claimed_at=since if taken else 0,
        delivered_at=since if state in ("delivered", "fulfilled") else 0,
        fulfilled_at=since if state == "fulfilled" else 0,
        title="一副老花镜",
    )
    return plain._replace(**known)


def round_one() -> list[Narrow]:
    """The 414 wishes of the two registers, joined: every one of them was claimed and fulfilled."""
    claims = {row["编号"]: row for row in _rows("round-1-claims.csv")}
    return [_joined(row, claims[row["编号"]]) for row in _rows("round-1-wishes.csv")]


def editions(lines: Sequence[Narrow], made: Summary | None = None) -> dict[str, bytes]:
    """All four formats, as the masked edition writes them."""
    made = made or summary(lines, ROUND, AS_OF)
    book = io.BytesIO()
    in_order = sorted(lines)
    wishes = (masked_wish(line, line.source or line.id) for line in in_order)
    claims = (masked_claim(line, line.source or line.id) for line in in_order if line.claimant_type)
    write_workbook(book, made, wishes, claims)
    return {
        "json": write_json(made),
        "csv": write_csv(made),
        "html": write_page(made),
        "xlsx": book.getvalue(),
    }


moments = st.just(0) | st.integers(NOW - 60 * DAY, NOW)
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"), max_size=12)
lines = st.builds(
    Narrow,
    id=st.uuids().map(str),
    state=st.sampled_from(list(STATES)),
    hidden=st.booleans(),
    kind=st.sampled_from(list(KINDS)),
    subject=st.sampled_from(list(SUBJECTS)),
    category=st.sampled_from([*CATEGORIES, "其他"]),
    subdistrict=st.sampled_from([*SUBDISTRICTS[:3], "外区"]),
    claimant_type=st.sampled_from(["", *CLAIMANT_TYPES]),
    basis=st.sampled_from(["", *BASES]),
    sector=st.sampled_from(["", "教育", "=1+1"]) | texts,
    declared_at=moments,
    published_at=moments,
    republished_at=moments,
    claimed_at=moments,
    delivered_at=moments,
    fulfilled_at=moments,
    title=texts,
    source=st.just(""),
    stage=st.sampled_from(["", *STAGES]),
    expires_at=moments,
    visit_at=moments,
    queued_at=moments,
    thanks_waiting=st.booleans(),
)
many_lines = st.lists(lines, max_size=25, unique_by=lambda line: line.id)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as register:
        return list(csv.DictReader(register))


def _joined(wished: dict[str, str], claimed: dict[str, str]) -> Narrow:
    published = _seconds(claimed["发布时间"])
    return Narrow(
        id=f"w{wished['编号']}",
        state="fulfilled",
        hidden=False,
        kind=_key(KINDS, wished["心愿类别"]),
        subject=_key(SUBJECTS, wished["主体"]),
        category=wished["细分类别"],
        subdistrict=wished["街镇"],
        claimant_type=_key(CLAIMANT_TYPES, claimed["认领人类型"]),
        basis="declared",
        sector="",
        declared_at=_seconds(wished["提交时间"]),
        published_at=published,
        republished_at=published,
        claimed_at=_seconds(claimed["认领时间"]),
        delivered_at=0,
        fulfilled_at=_seconds(claimed["完成时间"]),
        title=wished["心愿标题"],
        source=wished["编号"],
    )


def _key(names: dict[str, str], name: str) -> str:
    return next(key for key, value in names.items() if value == name)


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).timestamp())
