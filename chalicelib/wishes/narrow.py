"""The narrow line of a wish: what lists, desks and figures need of it, packed into one short string.

One attribute `n` of the wish's own item, projected into the index `narrow`. It is written by
every act together with the wish, so it can never disagree with it. Field notes set the size: 160 bytes an
index entry, so that a round of 20,000 wishes costs 391 read units.
"""

from typing import NamedTuple

IN_REVIEW = ("submitted", "verified", "returned")
"""The states in which a wish waits for its liaison or its declarer, before anybody else sees it."""
SEPARATOR = "\x1f"  # cannot stand in any text: control characters are refused at the door


class Narrow(NamedTuple):
    """One wish in a line. Times are whole epoch seconds (UTC), 0 where the thing has not happened."""

    id: str
    state: str  # base.words.WishState
    hidden: bool
    kind: str  # "material" | "spiritual"
    subject: str  # "individual" | "team"
    category: str  # Chinese name
    subdistrict: str  # Chinese name
    claimant_type: str  # base.words.ClaimantType of the standing claim, "" where none stands
    basis: str  # base.words.Basis of the standing claim, "" where none stands
    sector: str  # the claimant's sector, "" where unknown
    declared_at: int
    published_at: int  # first publication
    republished_at: int  # last publication: when it last came (back) into the pool
    claimed_at: int  # start of the standing claim
    delivered_at: int
    fulfilled_at: int
    title: str
    source: str = ""  # 编号, the register's own number, "" where it was not imported
    stage: str = ""  # base.words.Stage of the claim while it is live, "" where nothing was reported
    expires_at: int = 0  # when the live claim expires; 0 while delivery is on its way
    visit_at: int = 0  # when the claimant of a spiritual wish comes
    queued_at: int = 0  # when it came into its present state of the review; 0 where that was its declaration
    thanks_waiting: bool = False  # words of thanks lie with the liaison


_STATES = {
    "submitted": "s", "verified": "v", "published": "p", "claimed": "c", "delivered": "d",
    "fulfilled": "f", "returned": "r", "rejected": "j", "withdrawn": "w", "closed": "x",
}  # fmt: skip
_TYPES = {
    "": "", "party_member": "m", "party_organisation": "o", "company": "c", "social_organisation": "s",
    "citizen": "z",
}  # fmt: skip
_BASES = {"": "", "declared": "d", "roster": "r", "checkin": "c"}
_STAGES = {"": "", "contacted": "c", "prepared": "p", "on_the_way": "w"}
_STATE_OF = {short: word for word, short in _STATES.items()}
_TYPE_OF = {short: word for word, short in _TYPES.items()}
_BASIS_OF = {short: word for word, short in _BASES.items()}
_STAGE_OF = {short: word for word, short in _STAGES.items()}


def _moment(seconds: int) -> str:
    """Base 36 would save four bytes and cost a reader his sanity; hexadecimal saves two and stays legible."""
    return f"{seconds:x}" if seconds else ""


def _seconds(text: str) -> int:
    return int(text, 16) if text else 0


def _pack_progress(line: Narrow) -> tuple[str, ...]:
    """Where a live claim stands, as one last field that only such a wish has: all others pay no byte for it."""
    if line.state != "claimed" or not (line.stage or line.expires_at or line.visit_at):
        return ()
    visit = f",{_moment(line.visit_at)}" if line.visit_at else ""
    return (f"{_STAGES[line.stage] or '-'}{_moment(line.expires_at)}{visit}",)


def _pack_last(line: Narrow) -> tuple[str, ...]:
    """The one last field that only some wishes have: of those under review since when, of the claimed how far."""
    if line.state in IN_REVIEW:
        return (_moment(line.queued_at),) if line.queued_at else ()
    return _pack_progress(line)


def _unpack_progress(text: str) -> tuple[str, int, int]:
    """Stage, expiry and visit of the last field; "" where there is none, as in lines written before it was kept."""
    expires, _, visit = text[1:].partition(",")
    return _STAGE_OF.get(text[:1], ""), _seconds(expires), _seconds(visit)


def pack(line: Narrow) -> str:
    """The stored form of `line`, without its id (the index entry carries that as its key)."""
    flags = f"{_STATES[line.state]}{line.kind[0]}{line.subject[0]}"
    flags += f"{'h' if line.hidden else ''}{'t' if line.thanks_waiting else ''}"
    return SEPARATOR.join(
        (
            flags,
            line.category,
            line.subdistrict,
            _TYPES[line.claimant_type] + _BASES[line.basis],
            line.sector,
            _moment(line.declared_at),
            _moment(line.published_at),
            _moment(line.republished_at) if line.republished_at != line.published_at else "",
            _moment(line.claimed_at),
            _moment(line.delivered_at),
            _moment(line.fulfilled_at),
            line.title,
            line.source,
            *_pack_last(line),
        )
    )


def unpack(wish_id: str, text: str) -> Narrow:
    """The line that `pack` wrote for the wish `wish_id`."""
    (
        flags,
        category,
        subdistrict,
        who,
        sector,
        declared,
        published,
        again,
        claimed,
        delivered,
        fulfilled,
        title,
        source,
        *last,
    ) = text.split(SEPARATOR)
    first, state = _seconds(published), _STATE_OF[flags[0]]
    queued = _seconds("".join(last)) if state in IN_REVIEW else 0
    stage, expires, visit = _unpack_progress("" if state in IN_REVIEW else "".join(last))
    return Narrow(
        id=wish_id,
        state=state,
        hidden="h" in flags[3:],
        kind="material" if flags[1] == "m" else "spiritual",
        subject="individual" if flags[2] == "i" else "team",
        category=category,
        subdistrict=subdistrict,
        claimant_type=_TYPE_OF[who[:1]],
        basis=_BASIS_OF[who[1:]],
        sector=sector,
        declared_at=_seconds(declared),
        published_at=first,
        republished_at=_seconds(again) or first,
        claimed_at=_seconds(claimed),
        delivered_at=_seconds(delivered),
        fulfilled_at=_seconds(fulfilled),
        title=title,
        source=source,
        stage=stage,
        expires_at=expires,
        visit_at=visit,
        queued_at=queued,
        thanks_waiting="t" in flags[3:],
    )
