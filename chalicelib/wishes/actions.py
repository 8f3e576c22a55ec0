"""The acts of a wish before anybody claims it: edited, verified, returned, rejected, published, hidden, withdrawn.

Every act is `change.perform`: read, decide, write if nobody moved it. The deciding functions raise the rule's refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from chalicelib.accounts import counting
from chalicelib.accounts import rules as limits
from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, sealing, tables, words
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, FieldFault, Forbidden, NotFound, Unprocessable
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import auditing, change, clearing, index_records, listing, persons, records, rules, shapes
from chalicelib.wishes.change import Attempt, Entry
from chalicelib.wishes.records import HistoryEntry as HistoryEntry  # other rooms know a wish by these names
from chalicelib.wishes.records import Wish as Wish


def get(wish_id: str, *, strongly: bool = True) -> records.Wish:
    """The wish. Raises NotFound."""
    wish = records.get(wish_id, strongly=strongly) if ids.is_id(wish_id) else None
    if wish is None:
        raise NotFound()
    return wish


def several(wish_ids: Sequence[str]) -> list[records.Wish]:
    """The wishes that exist of up to 100 ids, in their order."""
    return records.several(wish_ids)


def page_of_round(round_id: str, shards: int, after: str | None, limit: int) -> list[str]:
    """Ids of up to `limit` wishes of a round after one of them (None: from the first), shard by shard."""
    shard = rules.shard_of(after, shards) if after else 0
    while shard < shards:
        if found := index_records.ids_of_shard(round_id, shard, after, limit):
            return found
        shard, after = shard + 1, None
    return []


def ids_of(account: str) -> list[str]:
    """Ids of all wishes an account declared or is the contact of, newest first."""
    found: list[str] = []
    before = None
    while pointers := records.mine(account, 100, before):
        found += [pointer.wish for pointer in pointers]
        before = pointers[-1].sk
    return found


def entries(wish: records.Wish) -> list[records.HistoryEntry]:
    """The wish's own history entries in the order they happened."""
    return records.history(wish.pk)


def moved(wish: records.Wish) -> None:
    """A wish was written outside `change.perform`: lists here must not show it as it was."""
    listing.forget(wish.round)


def is_own(wish: records.Wish, caller: Caller) -> bool:
    """Whether the caller declared the wish, or is its contact."""
    return bool(caller.account) and caller.account in (wish.declarer, wish.contact)


def is_for(wish: records.Wish, account: str) -> bool:
    """Whether whoever signs in with the wish's contact phone is that account: they do not grant it to themselves.

    Not whoever keyed it: `self` does not ask for the account's own phone (product.md section 6), so that a helper who
    declared it from their own account may well be the one who grants it.
    """
    return bool(account) and account == wish.contact


def is_wisher(wish: records.Wish, caller: Caller) -> bool:
    """Whether the caller is the wisher's side: the contact, or the wisher who keyed it; not a neighbour who did."""
    return is_wishers_side(wish, caller) and not caller.speaks_for(wish.claimant)


def is_wishers_side(wish: records.Wish, caller: Caller) -> bool:
    """The same whoever granted the wish: their rights over their own data go on."""
    if caller.is_anonymous:
        return False
    return caller.account == wish.contact or (caller.account == wish.declarer and bool(wish.by_self))


def visible(wish_id: str, caller: Caller) -> records.Wish:
    """The wish, where the caller may see anything of it. Raises NotFound otherwise, as if it did not exist."""
    wish = get(wish_id, strongly=not caller.is_anonymous)
    if not may_see(wish, caller):
        raise NotFound()
    return wish


def may_see(wish: records.Wish, caller: Caller) -> bool:
    """Whether the caller may see anything of the wish."""
    if rules.is_public(wish.state, wish.hidden):
        return True
    if caller.is_anonymous:
        return False
    if is_own(wish, caller) or (wish.state in rules.HELD and caller.speaks_for(wish.claimant)):
        return True
    # What is hidden from the public is hidden from observers.
    observes = "observer" in caller.standing.roles and not wish.hidden
    return observes or caller.serves(wish.subdistrict, wish.committee)


def opened(wish: records.Wish) -> shapes.Sealed | None:
    """The wish's personal fields; None once they are erased. Calls KMS (or its cache)."""
    found = records.sealed(wish.pk)
    return sealing.unseal("wishes", wish.pk, found.sealed, shapes.Sealed) if found else None


def story(wish: records.Wish) -> str:
    """The wish's story, wherever it lies."""
    if not wish.story_beside:
        return wish.story or ""
    beside = records.text(wish.pk)
    return (beside.story if beside else None) or ""


def duplicates(wish: records.Wish, sealed: shapes.Sealed) -> list[str]:
    """Ids of other wishes in the round that are likely the same person's; shown at review, never blocked."""
    return sorted(records.same_person(wish.round, persons.marks(sealed, wish.subdistrict)) - {wish.pk})


def expect(act: str, wish: records.Wish) -> None:
    """Raises Conflict `wrong_state` where the act is not possible, `process_consent_withdrawn` where it may not be."""
    if not rules.possible(act, wish.state):
        raise wrong_state(wish)
    if "p" not in wish.consents and act not in rules.WITHOUT_CONSENT:
        raise Conflict("process_consent_withdrawn")


def wrong_state(wish: records.Wish) -> Conflict:
    """The refusal of an act in the wrong state."""
    return Conflict("wrong_state", extra={"state": wish.state}, state=words.STATES.get(wish.state, wish.state))


def verify(wish_id: str, body: shapes.VerifyBody, attempt: Attempt) -> records.Wish:
    """Record that the wish was checked. Raises Forbidden for its declarer, Unprocessable for an unfit record."""
    faults = [FieldFault(name, "field_must_be_true") for name in ("identity", "feasible") if not getattr(body, name)]
    faults += _date_faults(body.on, clock.local_day(attempt.at))

    def decide(wish: records.Wish) -> Iterable[tables.Part]:
        require_reviewer(wish, attempt.caller)
        expect("verify", wish)
        if faults:
            raise Unprocessable("invalid_fields", errors=faults)
        entry = Entry("verify", record=msgspec.to_builtins(body))
        return change.advance(wish, attempt, entry, "verified")

    return change.perform(wish_id, attempt, get, decide)[0]


def send_back(wish_id: str, act: str, body: shapes.ReasonBody, attempt: Attempt) -> records.Wish:
    """Return the wish to its declarer, or reject it, with the reason."""

    def decide(wish: records.Wish) -> Iterable[tables.Part]:
        require_reviewer(wish, attempt.caller)
        expect(act, wish)
        clearing.require_tellable(wish, opened(wish), "reason", body.reason)
        entry = Entry(act, body.reason, body.reason_code)
        return change.advance(wish, attempt, entry, rules.target(act, wish.state))

    return change.perform(wish_id, attempt, get, decide)[0]


def publish(wish_id: str, body: shapes.PublishBody, attempt: Attempt) -> records.Wish:
    """Let the reviewed words go out. Raises Conflict `publish_consent_required`, `text_not_clear` with the findings."""

    def decide(wish: records.Wish) -> Iterable[tables.Part]:
        require_reviewer(wish, attempt.caller)
        expect("publish", wish)
        if "s" not in wish.consents:
            raise Conflict("publish_consent_required")
        found = rounds.get(wish.round)
        if found.closed_at:
            raise Conflict("round_closed")
        title, words_of_story = body.title or wish.title, body.story or story(wish)
        clearing.require_clear(wish, opened(wish), title, words_of_story, body.cleared)
        changed = (title, words_of_story) != (wish.title, story(wish))
        kept = (
            records.WishText(wish.pk, "text", declared_title=wish.title, declared_story=story(wish))
            if changed
            else None
        )
        put, *others = change.advance(
            wish,
            attempt,
            Entry(
                "publish",
                record={"cleared": clearing.texts(body.cleared)} if body.cleared else None,
            ),
            "published",
            title=title,
            published_at=attempt.at,
        )
        return [put, *others, *_placed(wish, words_of_story, kept)]

    return change.perform(wish_id, attempt, get, decide)[0]


def hide(wish_id: str, body: shapes.HideBody, attempt: Attempt) -> records.Wish:
    """Take a public wish out of every public output at once, or show it again."""

    def decide(wish: records.Wish) -> Iterable[tables.Part]:
        require(attempt.caller.reviews(wish.subdistrict))
        expect("hide", wish)
        if bool(wish.hidden) == body.hidden:
            return []
        if not body.hidden and "s" not in wish.consents:
            raise Conflict("publish_consent_required")
        entry = Entry("hide" if body.hidden else "show", body.reason)
        deed = auditing.deed(wish, attempt.caller, "hidden" if body.hidden else "shown")
        hidden = change.advance(wish, attempt, entry, wish.state, hidden=body.hidden or None)
        return [*hidden, audit.part(deed)]

    return change.perform(wish_id, attempt, get, decide)[0]


def withdraw_parts(wish: records.Wish, body: shapes.ReasonBody, attempt: Attempt) -> list[tables.Part]:
    """The parts of a withdrawal. Before a claim the wisher or a liaison may; after it a liaison (section 2)."""
    reviews = attempt.caller.reviews(wish.subdistrict)
    if not reviews:
        if not is_own(wish, attempt.caller):
            raise Forbidden() if may_see(wish, attempt.caller) else NotFound()
        require(wish.state != "claimed")
    expect("withdraw", wish)
    clearing.require_tellable(wish, opened(wish), "reason", body.reason)
    entry = Entry("withdraw", body.reason, body.reason_code)
    return change.advance(wish, attempt, entry, "withdrawn", reserved_for=None, reserved_until=None)


def look_up(receipt: str, last4: str, address: str) -> records.Wish:
    """The wish a receipt and the last four digits of the contact phone lead to. Raises NotFound for either wrong."""
    code = receipt.upper().replace("-", "").replace(" ", "")
    tries = f"lookup#{sealing.blind('receipt', code)}"
    counting.within(tries, limits.LOOKUPS_PER_RECEIPT)
    counting.within_for("lookups", address, limits.LOOKUPS_PER_ADDRESS)
    found = records.receipt(code) if code.isalnum() and len(code) < 20 else None
    if found is None or found.last4 is None or found.last4 != sealing.blind("last4", f"{code}/{last4}"):
        raise NotFound()
    counting.give_back(tries, limits.LOOKUPS_PER_RECEIPT)  # only wrong tries count
    return get(found.wish)


def last_reason(wish: records.Wish) -> str | None:
    """Why the wish stands where it stands: the reason of its latest entry that gives one for this state."""
    for entry in reversed(records.history(wish.pk)):
        if entry.to_state == wish.state and entry.reason:
            return entry.reason
        if entry.to_state != wish.state:
            return None
    return None


def require_reviewer(wish: records.Wish, caller: Caller) -> None:
    """Reviewing is for a liaison of the subdistrict or an administrator, never for its declarer or contact.

    Raises Forbidden, `declarer_may_not_review` among them.
    """
    require(caller.reviews(wish.subdistrict))
    require(not is_own(wish, caller), "declarer_may_not_review")


def _date_faults(text: str, today: str) -> list[FieldFault]:
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError:
        day = ""
    if day != text:  # fromisoformat also takes 2026-W05-1
        return [FieldFault("on", "field_date")]
    return [FieldFault("on", "field_future")] if day > today else []


def _placed(wish: records.Wish, words_of_story: str, kept: records.WishText | None) -> list[tables.Part]:
    """Place the story into the wish or beside it; the item beside is written once, with all it must hold."""
    beside = change.place_story(wish, words_of_story)
    if kept is None:
        return [beside] if beside else []
    earlier = records.text(wish.pk)
    if earlier is not None and earlier.declared_story is not None:
        kept.declared_title, kept.declared_story = earlier.declared_title, earlier.declared_story
    kept.story = words_of_story if beside else None
    return [tables.Put(kept)]
