"""Reading wishes for a given reader: which of the views applies, and which wishes a list may hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from chalicelib.accounts import actions as accounts
from chalicelib.base import ids, paging, sealing, words
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import BadRequest, FieldFault, NotFound
from chalicelib.claims import confirming, outcome, reserving
from chalicelib.claims import finding as claims
from chalicelib.claims import rules as claim_rules
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions, auditing, index_records, listing, records, rules, staff_views, views
from chalicelib.wishes.narrow import Narrow

WallCursor = tuple[list[tuple[paging.Stamp, paging.Id] | None]]
_NO_ROUND = views.WishPage([], None)


def one(wish_id: str, caller: Caller) -> views.ShownWish:
    """The wish as this caller may see it. Raises NotFound."""
    wish = actions.visible(wish_id, caller)
    if caller.is_anonymous:
        return views.shown(wish, actions.story(wish), outcome.public(wish))
    if caller.serves(wish.subdistrict, wish.committee):
        return _full(wish, caller)
    # Whoever declared it for somebody else and grants it has to deliver it: that view first, but never the contact's.
    grants = wish.state in claim_rules.STANDING and caller.speaks_for(wish.claimant)
    if grants and not actions.is_for(wish, caller.account):
        return _for_claimant(wish, caller)
    if actions.is_own(wish, caller):
        return _own(wish, caller)
    if "observer" in caller.standing.roles:
        return views.observed(wish, actions.story(wish), outcome.public(wish))
    return views.shown(wish, actions.story(wish), outcome.public(wish))


def require_visible(wish: actions.Wish, caller: Caller) -> None:
    """Raises NotFound where this caller may see nothing of the wish (any more)."""
    if not actions.may_see(wish, caller):
        raise NotFound()


def several(
    caller: Caller,
    round_id: str,
    wanted: listing.Filter,
    explicit_state: bool,
    limit: int,
    cursor: str | None,
) -> views.WishPage:
    """A page of wishes. Raises BadRequest for a state this reader may not list, or a cursor of another list."""
    if not set(wanted.states) <= set(words.PUBLIC_STATES) and not caller.is_staff:
        raise BadRequest("bad_parameter", errors=[FieldFault("state", "field_value")], name="state")
    try:
        found = rounds.get(round_id)
    except NotFound:
        if round_id == "current":
            return _NO_ROUND  # between rounds the wall is empty, not broken
        raise BadRequest("bad_parameter", errors=[FieldFault("round", "field_value")], name="round") from None
    name = msgspec.json.encode([found.id, explicit_state, wanted]).decode()
    if wanted.is_the_wall and not caller.is_staff:  # staff see hidden wishes, too, and those are not on the wall
        return _wall(found.id, found.shards, name, limit, cursor)
    after = paging.place(name, cursor, listing.Place) if cursor else None
    may = _may_search(caller) if wanted.q else _may_list(caller)
    lines, place = listing.page(listing.snapshot(found.id, found.shards), wanted, may, limit, after)
    # Between the snapshot and the read a wish may have moved on or been hidden: only what still passes is shown.
    current = [wish for wish in records.several([line.id for line in lines]) if _passes(wish, wanted, may)]
    return views.WishPage(_rows(current, caller), paging.cursor(name, place) if place else None)


def mine(account: str, limit: int, cursor: str | None) -> views.OwnWishPage:
    """An account's own wishes, newest first."""
    name = f"mine#{account}"
    before = paging.place(name, cursor, tuple[str])[0] if cursor else None
    pointers = records.mine(account, limit + 1, before)
    wishes = records.several([pointer.wish for pointer in pointers[:limit]])
    rows = [views.declared(wish, actions.story(wish)) for wish in wishes]
    more = len(pointers) > limit
    return views.OwnWishPage(rows, paging.cursor(name, (pointers[limit - 1].sk,)) if more else None)


def history(wish_id: str, caller: Caller, limit: int, cursor: str | None) -> staff_views.HistoryPage:
    """A wish's history for staff in scope, newest first. Raises NotFound, Forbidden."""
    wish = actions.visible(wish_id, caller)
    require(caller.serves(wish.subdistrict, wish.committee))
    name = f"history#{wish_id}"
    before = paging.place(name, cursor, tuple[int])[0] if cursor else None
    lines = [
        line for line in (_line(entry) for entry in claims.history(wish)) if before is None or line.version < before
    ]
    shown, more = lines[:limit], len(lines) > limit
    place = paging.cursor(name, (shown[-1].version,)) if more else None
    return staff_views.HistoryPage(_named(shown, wish, caller), place)


def _wall(round_id: str, shards: int, name: str, limit: int, cursor: str | None) -> views.WishPage:
    after = paging.place(name, cursor, WallCursor)[0] if cursor else None
    if after is not None and len(after) != shards:
        raise BadRequest("bad_cursor")
    wishes, place = listing.wall_page(round_id, shards, limit, after)
    long_ones = _long_stories(wishes)
    rows = [views.row(wish, long_ones.get(wish.pk)) for wish in wishes]
    return views.WishPage(rows, paging.cursor(name, (place,)) if place else None)


def _may_list(caller: Caller) -> Callable[[Narrow], bool]:
    """Which lines this reader's lists may hold. A line knows no committee: `_rows` looks again for their workers."""
    if caller.is_anonymous or not caller.is_staff:
        return lambda line: line.state in words.PUBLIC_STATES and not line.hidden
    everything = caller.is_administrator or "observer" in caller.standing.roles
    worked_in = {subdistrict for subdistrict, _ in caller.standing.committees}

    def may(line: Narrow) -> bool:
        public = line.state in words.PUBLIC_STATES and not line.hidden
        return public or everything or caller.liaises(line.subdistrict) or line.subdistrict in worked_in

    return may


def _passes(wish: records.Wish, wanted: listing.Filter, may: Callable[[Narrow], bool]) -> bool:
    line = rules.narrow_of(wish.attribute_values, wish.pk)
    return wanted.takes(line) and may(line)


def _may_search(caller: Caller) -> Callable[[Narrow], bool]:
    """Which lines may be searched: a hit tells something of the words, so only words this reader may read."""
    everything = not caller.is_anonymous and caller.is_administrator

    def may(line: Narrow) -> bool:
        public = line.state in words.PUBLIC_STATES and not line.hidden
        return public or everything or (not caller.is_anonymous and caller.liaises(line.subdistrict))

    return may


def _rows(wishes: Sequence[records.Wish], caller: Caller) -> list[views.WishRow]:
    long_ones = _long_stories(wishes)
    rows = []
    for wish in wishes:
        if not actions.may_see(wish, caller):
            continue
        public = rules.is_public(wish.state, wish.hidden)
        trusted = not caller.is_anonymous and caller.serves(wish.subdistrict, wish.committee)
        show = views.row if public or trusted else views.masked
        rows.append(show(wish, long_ones.get(wish.pk)))
    return rows


def _long_stories(wishes: Sequence[records.Wish | index_records.WallRow]) -> dict[str, str]:
    beside = [wish.pk for wish in wishes if wish.story_beside]
    return records.stories(beside) if beside else {}


def _full(wish: records.Wish, caller: Caller) -> staff_views.FullWish:
    sealed = actions.opened(wish)
    checks = (entry for entry in reversed(actions.entries(wish)) if entry.act in rules.CHECKS and entry.sealed)
    checked = next(checks, None)
    verification = sealing.unseal("wishes", wish.pk, checked.sealed, dict) if checked else None
    duplicates = actions.duplicates(wish, sealed) if sealed else []
    works_there = caller.works_for(wish.subdistrict, wish.committee) and not caller.speaks_for(wish.claimant)
    code = _code(wish) if works_there else None
    view = staff_views.full(
        wish, actions.story(wish), outcome.for_staff(wish), sealed, verification, duplicates, code,
        _reservation(wish),
    )  # fmt: skip
    auditing.seen(wish, caller, "viewed_full")
    return view


def _reservation(wish: records.Wish) -> staff_views.Reservation | None:
    if wish.state != "published" or not wish.reserved_for:
        return None
    name = accounts.person_of(wish.reserved_for).name or None
    return staff_views.Reservation(wish.reserved_for, name, wish.reserved_until, reserving.is_offered(wish))


def _for_claimant(wish: records.Wish, caller: Caller) -> views.ClaimantWish:
    view = views.for_claimant(wish, actions.story(wish), outcome.public(wish), actions.opened(wish))
    if view.contact is not None:
        auditing.seen(wish, caller, "viewed_introduced")
    elif view.particulars:
        auditing.seen(wish, caller, "viewed_particulars")
    return view


def _own(wish: records.Wish, caller: Caller) -> views.OwnWish:
    wisher = actions.is_wisher(wish, caller)
    claim = claim_rules.claim_id(wish.pk, int(wish.claim)) if wisher and wish.claim else None
    code = _code(wish) if wisher else None
    return views.own(wish, actions.story(wish), outcome.public(wish), actions.last_reason(wish), claim, code)


def _code(wish: records.Wish) -> str | None:
    """The slip's code of the standing claim: for the wisher's side and the committee only (product.md section 2)."""
    if wish.claim is None or wish.state not in ("claimed", "delivered"):
        return None
    return confirming.slip_code(claim_rules.claim_id(wish.pk, int(wish.claim)))


def _line(entry: records.HistoryEntry | claims.ClaimRecord) -> staff_views.HistoryLine:
    version = int(entry.sk.partition("#")[2])
    if isinstance(entry, claims.ClaimRecord):
        return staff_views.HistoryLine(
            version, entry.claimed_at, "claim", entry.by, entry.role, None, "published", "claimed", None, None,
            claim_rules.claim_id(entry.pk, version), bool(entry.imported),
        )  # fmt: skip
    claim = claim_rules.claim_id(entry.pk, int(entry.claim)) if entry.claim else None
    return staff_views.HistoryLine(
        version, entry.at, entry.act, entry.by, entry.role, None, entry.from_state, entry.to_state,
        entry.reason, entry.reason_code, claim, bool(entry.imported), _note(entry),
    )  # fmt: skip


def _note(entry: records.HistoryEntry) -> str | None:
    """What was noted with a check, a stage, a delivery or its return; kept sealed, so erased with the wish's fields."""
    if entry.sealed is None or entry.act not in (*rules.CHECKS, "progress", "deliver", "not_received"):
        return None
    noted = sealing.unseal("wishes", entry.pk, entry.sealed, dict).get("note")
    return str(noted) if noted else None


def _named(lines: list[staff_views.HistoryLine], wish: records.Wish, caller: Caller) -> list[staff_views.HistoryLine]:
    names = {by: accounts.person_of(by).name or None for by in {line.by for line in lines} if ids.is_id(by)}
    if any(names.values()):
        auditing.seen(wish, caller, "viewed_names", count=len(lines))
    return [msgspec.structs.replace(line, name=names.get(line.by)) for line in lines]
