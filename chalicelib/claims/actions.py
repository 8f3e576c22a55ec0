"""The acts of a claim, from the rush for a wish to its fulfilment.

    the wish (version v → v+1)   one winner: whoever else read v finds it moved
    the quota's set              the cap, exact: refused when the set is full
    the claim record             the history entry of v+1 at the same time

Three items, one transaction, one round trip; a lost claim is one read and no write.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pynamodb.expressions.condition import size

from chalicelib.accounts import actions as accounts
from chalicelib.accounts import signin
from chalicelib.audit import actions as audit
from chalicelib.base import clock, ids, phones, sealing, settings, tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, FieldFault, Forbidden, NotFound, Unprocessable
from chalicelib.claims import records, rules, shapes
from chalicelib.claims.records import ClaimRecord as ClaimRecord  # the name other rooms know
from chalicelib.notices import actions as notices
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import auditing, change
from chalicelib.wishes import rules as wish_rules
from chalicelib.wishes.actions import HistoryEntry, Wish
from chalicelib.wishes.change import Attempt, Entry

CODE_TRIES = (5, 24 * 3600)  # wrong codes per claim and day
_SAME_MOMENT = 10  # more claims than one account can make in a millisecond


class Claimant:
    """Who a claim is for: the account, and how it counts."""

    def __init__(self, account: str, claimant_type: str, basis: str, branch: str = "", sector: str = "") -> None:
        self.account = account
        self.claimant_type = claimant_type
        self.basis = basis
        self.branch = branch
        self.sector = sector

    @property
    def cap(self) -> int:
        """How many live claims this claimant may hold in a round."""
        return rules.cap(
            self.claimant_type,
            settings.number("CAP_OF_A_PERSON", rules.CAP_OF_A_PERSON),
            settings.number("CAP_OF_AN_ORGANISATION", rules.CAP_OF_AN_ORGANISATION),
        )


def claim(wish_id: str, body: shapes.ClaimBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord, int]:
    """Claim a wish; wish, claim and the status of the answer: 201 for a new claim, 200 for the caller's own again.

    A retry under the same Idempotency-Key gets its claim and 201 again, however that claim has gone since.
    Raises Conflict `wish_already_claimed`, `wish_reserved`, `claim_cap_reached` or `claims_not_open`.
    """
    for turn in range(12):
        # A glimpse first: whoever comes too late costs half a read unit and writes nothing. After a refused
        # write the wish has moved, so the next look must be the truth.
        wish = wishes.get(wish_id, strongly=turn > 0)
        made = _made_before(wish, body, attempt)
        if made is not None:
            return wish, *made
        _require_claimable(wish, attempt)
        claimant = _claimant(wish, body, attempt.caller)
        put, record, place = _claim_parts(wish, claimant, body, attempt)
        try:
            # A second claim of one version is refused by the wish's own condition; this one only says it again.
            tables.commit([put, tables.Put(record, tables.absent(records.ClaimRecord)), place])
        except tables.Refused as refusal:
            if any(isinstance(part.record, records.Quota) for part in refusal.found):
                raise Conflict("claim_cap_reached", extra={"cap": claimant.cap}, cap=claimant.cap) from refusal
            continue
        finally:
            wishes.moved(wish)
        return wish, record, 201
    raise Conflict()


def _made_before(wish: Wish, body: shapes.ClaimBody, attempt: Attempt) -> tuple[records.ClaimRecord, int] | None:
    """The claim this Idempotency-Key made (201), or the one the caller holds (200)."""
    own = body.on_behalf_of is None
    mine = own and wish.claimant == attempt.caller.account
    if own and not mine and wish.state in rules.STANDING and not wish.claims_before:
        return None  # the rush: who comes too late causes no further read
    if attempt.key and (wish.claim or wish.claims_before):
        made = next((each for each in records.of_wish(wish.pk) if each.key == attempt.key), None)
        if made is not None and made.fingerprint != attempt.fingerprint:
            raise Unprocessable("idempotency_key_reused")
        if made is not None:
            return made, 201
    if not own and wish.state in rules.STANDING:
        mine = attempt.caller.reviews(wish.subdistrict) and wish.claimant == _account_of(body)
    held = records.get(wish.pk, int(wish.claim)) if mine and wish.state in ("claimed", "delivered") else None
    return (held, 200) if held is not None else None


def _account_of(body: shapes.ClaimBody) -> str | None:
    """The account of the citizen a claim is made for, if there is one already."""
    number = phones.normalise(body.on_behalf_of.phone) if body.on_behalf_of else None
    return accounts.find(number) if number else None


def _require_claimable(wish: Wish, attempt: Attempt) -> None:
    if not wish_rules.is_public(wish.state, wish.hidden):
        if not wishes.may_see(wish, attempt.caller):
            raise NotFound()
        raise wishes.wrong_state(wish)
    if wish.state in rules.STANDING:
        raise Conflict("wish_already_claimed")
    found = rounds.get(wish.round)
    if found.closed_at or not found.window_for(wish.subdistrict).claiming(attempt.at):
        raise Conflict("claims_not_open")
    reserved = wish.reserved_for and (wish.reserved_until or "") > attempt.at
    if reserved and wish.reserved_for != attempt.caller.account:
        raise Conflict("wish_reserved", extra={"reserved_until": wish.reserved_until})


def _claimant(wish: Wish, body: shapes.ClaimBody, caller: Caller) -> Claimant:
    behalf = body.on_behalf_of
    if behalf is None:
        own = caller.standing
        return Claimant(caller.account, own.claimant_type, own.basis, own.branch, own.sector)
    require(caller.reviews(wish.subdistrict))
    number = phones.normalise(behalf.phone)
    if number is None or not phones.is_mobile(number):
        raise Unprocessable("invalid_fields", errors=[FieldFault("on_behalf_of.phone", "field_mobile")])
    return Claimant(accounts.find_or_make(number, behalf.name), behalf.claimant_type, "declared")


def _claim_parts(
    wish: Wish, claimant: Claimant, body: shapes.ClaimBody, attempt: Attempt
) -> tuple[tables.Put, records.ClaimRecord, tables.Change]:
    put = change.carry(
        wish,
        "claimed",
        claim=int(wish.version) + 1,
        claimant=claimant.account,
        claimant_type=claimant.claimant_type,
        basis=claimant.basis,
        sector=claimant.sector or None,
        claimed_at=attempt.at,
        expires_at=rules.expires_at(attempt.at, settings.number("CLAIM_DAYS", rules.EXPIRY_DAYS)),
        stage=None,
        extended=None,
        visit_at=None,
        introduced_at=None,
        reserved_for=None,
        reserved_until=None,
    )
    record = records.ClaimRecord(
        wish.pk,
        records.sort_key(int(wish.version)),
        account=claimant.account,
        by=attempt.caller.account,
        role=change.role_of(attempt.caller, wish),
        round=wish.round,
        claimant_type=claimant.claimant_type,
        basis=claimant.basis,
        branch=claimant.branch or None,
        sector=claimant.sector or None,
        contributors=body.contributors,
        message=body.message or None,
        claimed_at=attempt.at,
        order=f"{clock.now().timestamp() * 1000:014.0f}",
        key=attempt.key or None,
        fingerprint=attempt.fingerprint or None,
    )
    watch(record, clock.later(attempt.at, hours=rules.CONTACT_HOURS))
    return put, record, _take_place(wish, claimant)


def _take_place(wish: Wish, claimant: Claimant) -> tables.Change:
    """The cap, exact: of any number of claims at once by one claimant, only so many find room in the set."""
    quota = records.quota(claimant.account, wish.round)
    room = records.Quota.open.does_not_exist() | (size(records.Quota.open) < claimant.cap)  # type: ignore[no-untyped-call]
    return tables.Change(quota, [records.Quota.open.add({wish.pk})], room)


def _give_place(wish: Wish, account: str | None) -> list[tables.Part]:
    """Take the claim out of the quota's set; taking out what is not in it changes nothing."""
    if not account:
        return []
    return [tables.Change(records.quota(account, wish.round), [records.Quota.open.delete({wish.pk})])]


def watch(record: records.ClaimRecord, at: str | None) -> None:
    """Set when the clock looks at the claim next (None: never)."""
    record.due_at = at
    record.due = f"claim#{ord(record.pk[-1]) % records.DUE_BUCKETS}" if at else None


def find(claim_id: str) -> tuple[Wish, records.ClaimRecord]:
    """A claim with its wish. Raises NotFound."""
    parsed = rules.parse_id(claim_id)
    if parsed is None:
        raise NotFound()
    wish = wishes.get(parsed[0])
    record = records.get(*parsed)
    if record is None:
        raise NotFound()
    return wish, record


def stands(wish: Wish, record: records.ClaimRecord) -> bool:
    """Whether this is the claim that holds the wish now."""
    return wish.claim is not None and records.sort_key(int(wish.claim)) == record.sk


def visible(claim_id: str, caller: Caller) -> tuple[Wish, records.ClaimRecord]:
    """A claim its claimant or the wish's staff may see. Raises NotFound for everybody else."""
    wish, record = find(claim_id)
    if record.account == caller.account or caller.serves(wish.subdistrict, wish.committee):
        return wish, record
    raise NotFound()


def claimant_person(record: records.ClaimRecord) -> accounts.Person:
    """Name and phone of a claimant: their account's, or what the register said. For staff only."""
    if record.account:
        return accounts.person_of(record.account)
    if record.sealed is None:
        return accounts.Person()
    return accounts.Person(name=sealing.unseal("claims", record.pk, record.sealed, shapes.Claimant).name)


def claimant_seen(wish: Wish, record: records.ClaimRecord, caller: Caller) -> accounts.Person:
    """The claimant's name and phone, on their way to staff in scope: the view is recorded first."""
    person = claimant_person(record)
    if person.name or person.phone:
        claim_id = rules.claim_id(wish.pk, int(record.sk.partition("#")[2]))
        auditing.seen(wish, caller, "viewed_claimant", claim=claim_id)
    return person


def _act(
    claim_id: str,
    act: str,
    attempt: Attempt,
    may: Callable[[Wish, records.ClaimRecord], bool],
    decide: Callable[[Wish, records.ClaimRecord], Iterable[tables.Part]],
) -> tuple[Wish, records.ClaimRecord]:
    """Do an act on the standing claim. Raises Conflict `claim_over` on one that has ended."""
    found, record = find(claim_id)

    def decided(wish: Wish) -> Iterable[tables.Part]:
        nonlocal record
        record = records.get(wish.pk, rules.parse_id(claim_id)[1]) or record  # type: ignore[index]
        if not may(wish, record):
            own = attempt.caller.account == record.account
            raise (Forbidden() if own or attempt.caller.is_staff or wishes.is_own(wish, attempt.caller) else NotFound())
        if not stands(wish, record):
            raise Conflict("claim_over", extra={"state": record.state})
        wishes.expect(act, wish)
        return decide(wish, record)

    wish, _ = change.perform(found.pk, attempt, wishes.get, decided)
    return wish, records.get(wish.pk, rules.parse_id(claim_id)[1]) or record  # type: ignore[index]


def _is_claimant(caller: Caller, record: records.ClaimRecord) -> bool:
    return bool(caller.account) and caller.account == record.account


def progress(claim_id: str, body: shapes.ProgressBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Report a stage. Raises Conflict `stage_order` when it goes backwards. Starting delivery pauses expiry."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        if not rules.goes_forward(wish.stage, body.stage):
            raise Conflict("stage_order", extra={"stage": wish.stage})
        visit_at = _visit(wish, body.visit_at)
        if wish.stage == body.stage and not body.note and visit_at in (None, wish.visit_at):
            return []
        paused = rules.pauses_expiry(body.stage)
        fields = {
            "stage": body.stage,
            "visit_at": visit_at or wish.visit_at,
            "expires_at": None
            if paused
            else rules.expires_at(attempt.at, settings.number("CLAIM_DAYS", rules.EXPIRY_DAYS)),
        }
        note = {"stage": body.stage, "note": body.note, "visit_at": visit_at}
        watch(record, None if paused else str(fields["expires_at"]))
        entry = Entry("progress", reason_code=body.stage, record=note if body.note or visit_at else None)
        return [*change.advance(wish, attempt, entry, "claimed", **fields), tables.Put(record)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        return _is_claimant(attempt.caller, record) or attempt.caller.reviews(wish.subdistrict)

    return _act(claim_id, "progress", attempt, may, decide)


def deliver(claim_id: str, body: shapes.DeliverBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Say that the wish was delivered. From now on the claim no longer counts against the cap."""
    prefix = f"uploads/{attempt.caller.account}/"
    if any(not key.startswith(prefix) or ".." in key for key in body.photos):
        raise Unprocessable("invalid_fields", errors=[FieldFault("photos", "field_value")])

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        told = {"note": body.note, "minutes": body.minutes, "photos": body.photos}
        record.state, record.shown_to = "delivered", record.account
        watch(record, clock.later(attempt.at, days=rules.UNCONFIRMED_DAYS))
        entry = Entry("deliver", record=told if any(told.values()) else None)
        moved = change.advance(wish, attempt, entry, "delivered", delivered_at=attempt.at, expires_at=None)
        return [*moved, tables.Put(record), *_give_place(wish, record.account)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        return _is_claimant(attempt.caller, record) or attempt.caller.serves(wish.subdistrict, wish.committee)

    return _act(claim_id, "deliver", attempt, may, decide)


def send_back(claim_id: str, body: shapes.ReturnBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Not received, or unsuitable: the claim is live again, whatever its claimant took on meanwhile."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        until = rules.expires_at(attempt.at, settings.number("CLAIM_DAYS", rules.EXPIRY_DAYS))
        record.state, record.shown_to = "live", None
        watch(record, until)
        entry = Entry("not_received", reason_code=body.reason, record={"note": body.note} if body.note else None)
        moved = change.advance(wish, attempt, entry, "claimed", delivered_at=None, stage=None, expires_at=until)
        parts: list[tables.Part] = [*moved, tables.Put(record)]
        if record.account:
            # No cap here: the wisher's complaint is never refused because the claimant is busy.
            quota = records.quota(record.account, wish.round)
            parts.append(tables.Change(quota, [records.Quota.open.add({wish.pk})]))
        return [*parts, *notices.tell(record.account, "claim_returned", wish)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        caller = attempt.caller
        return not _is_claimant(caller, record) and (
            wishes.is_wisher(wish, caller) or caller.serves(wish.subdistrict, wish.committee)
        )

    return _act(claim_id, "not_received", attempt, may, decide)


def confirm(claim_id: str, body: shapes.ConfirmBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """The wish came true: staff say so after a call or a visit, or somebody has the slip's code.

    Raises Forbidden `own_claim` for the claimant's own account, Unprocessable `wrong_code`, TooManyRequests after
    five wrong codes.
    """
    _, found = find(claim_id)
    require(not _is_claimant(attempt.caller, found), "own_claim")
    has_code = body.code is not None and _matches(claim_id, body.code)

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        caller = attempt.caller
        return caller.serves(wish.subdistrict, wish.committee) or wishes.is_wisher(wish, caller) or has_code

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        _require_proof(wish, body, attempt.caller, has_code)
        record.state, record.ended_at, record.shown_to = "fulfilled", attempt.at, record.account
        record.thanks = body.thanks or record.thanks
        watch(record, None)
        entry = Entry("confirm", reason_code=body.method)
        moved = change.advance(wish, attempt, entry, "fulfilled", fulfilled_at=attempt.at, introduced_at=None)
        told = notices.tell(record.account, "wish_fulfilled", wish)
        return [*moved, tables.Put(record), *told]

    return _act(claim_id, "confirm", attempt, may, decide)


def slip_code(claim_id: str) -> str:
    """The code on the wisher's slip: keyed, so it can't be computed from the id, and bound to this claim."""
    return ids.code_from(sealing.blind("slip", claim_id), 8)


def _matches(claim_id: str, code: str) -> bool:
    # Every try is counted before the code is looked at, so that parallel guesses share the tries; after the last one
    # even the right code waits for the next day.
    signin.within(f"slip#{claim_id}", CODE_TRIES)
    if code.upper().replace("-", "").replace(" ", "") != slip_code(claim_id):
        raise Unprocessable("wrong_code", errors=[FieldFault("code", "wrong_code")])
    signin.give_back(f"slip#{claim_id}", CODE_TRIES)
    return True


def _require_proof(wish: Wish, body: shapes.ConfirmBody, caller: Caller, has_code: bool) -> None:
    """Staff vouch for a call or a visit; everybody else, and the slip, needs the code."""
    vouches = body.method != "slip" and caller.serves(wish.subdistrict, wish.committee)
    if not vouches and not has_code:
        raise Unprocessable("invalid_fields", errors=[FieldFault("code", "field_needed_here")])


def release(claim_id: str, body: shapes.ReleaseBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """The claimant gives the wish back."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        return end_parts(wish, record, attempt, Entry("release", body.reason or None), "released")

    return _act(claim_id, "release", attempt, lambda _, record: _is_claimant(attempt.caller, record), decide)


def revoke(claim_id: str, body: shapes.RevokeBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """A liaison takes the wish back from its claimant, with a reason."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        ended = end_parts(wish, record, attempt, Entry("revoke", body.reason), "revoked")
        return [*ended, *notices.tell(record.account, "claim_revoked", wish, reason=body.reason)]

    return _act(claim_id, "revoke", attempt, lambda wish, _: attempt.caller.reviews(wish.subdistrict), decide)


def extend(claim_id: str, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """One extension on request. Raises Conflict `already_extended`, or `not_expiring` while expiry is paused."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        if wish.extended:
            raise Conflict("already_extended")
        if wish.expires_at is None:
            raise Conflict("not_expiring")
        until = clock.later(wish.expires_at, days=rules.EXTENSION_DAYS)
        watch(record, until)
        moved = change.advance(wish, attempt, Entry("extend"), "claimed", extended=True, expires_at=until)
        return [*moved, tables.Put(record)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        return _is_claimant(attempt.caller, record) or attempt.caller.reviews(wish.subdistrict)

    return _act(claim_id, "extend", attempt, may, decide)


def introduce(claim_id: str, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Open name, phone and address to this claimant, where sharing them was consented to.

    Raises Conflict `contact_consent_required` otherwise: then the committee is the hand-over point.
    """

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        if wish.minor:
            raise Conflict("minor_handed_over_at_committee")
        if "c" not in wish.consents:
            raise Conflict("contact_consent_required")
        if wish.introduced_at:
            return []
        who = {"claim": claim_id, "claimant": record.account or ""}
        deed = auditing.deed(wish, attempt.caller, "introduced", **who)
        moved = change.advance(wish, attempt, Entry("introduce"), "claimed", introduced_at=attempt.at)
        return [*moved, audit.part(deed)]

    return _act(claim_id, "introduce", attempt, lambda wish, _: attempt.caller.reviews(wish.subdistrict), decide)


def end_parts(
    wish: Wish, record: records.ClaimRecord, attempt: Attempt, entry: Entry, outcome: str
) -> list[tables.Part]:
    """The parts that end the standing claim and bring the wish back into the pool; what was opened is closed again."""
    close_record(record, outcome, attempt.at)
    found = rounds.get(wish.round)
    window = found.window_for(wish.subdistrict)
    back = "closed" if found.closed_at else "published"  # a round that is over takes nothing back into its pool
    put, history = change.advance(wish, attempt, entry, back, **_unclaimed(wish, attempt.at, window.claim_until))
    return [put, history, tables.Put(record), *_give_place(wish, record.account)]


def withdraw(wish_id: str, body: Any, attempt: Attempt) -> Wish:
    """Withdraw a wish; a claim that stood ends with it and its place in the quota is free."""

    def decide(wish: Wish) -> Iterable[tables.Part]:
        standing = records.get(wish.pk, int(wish.claim)) if wish.state == "claimed" and wish.claim else None
        parts = wishes.withdraw_parts(wish, body, attempt)
        if standing is None:
            return parts
        close_record(standing, "revoked", attempt.at)
        told = notices.tell(standing.account, "wish_withdrawn", wish)
        return [*parts, tables.Put(standing), *_give_place(wish, standing.account), *told]

    return change.perform(wish_id, attempt, wishes.get, decide)[0]


def close_record(record: records.ClaimRecord, outcome: str, at: str) -> None:
    """Note how the claim ended, and show it among its claimant's past ones."""
    record.state, record.ended_at, record.shown_to = outcome, at, record.account
    watch(record, None)


def _unclaimed(wish: Wish, at: str, claim_until: str) -> dict[str, object]:
    """The fields of a wish back in the pool: nothing of the claim stays, reminders start anew."""
    return {
        "claim": None,
        "claims_before": int(wish.claims_before) + 1,
        "claimant": None,
        "claimant_type": None,
        "basis": None,
        "sector": None,
        "claimed_at": None,
        "stage": None,
        "expires_at": None,
        "extended": None,
        "visit_at": None,
        "introduced_at": None,
        "republished_at": at,
        "reminded": 0,
        "due_at": wish_rules.next_reminder(at, 0, claim_until) or None,
    }


def _visit(wish: Wish, text: str | None) -> str | None:
    if text is None:
        return None
    if wish.kind != "spiritual":
        raise Unprocessable("invalid_fields", errors=[FieldFault("visit_at", "field_not_here")])
    try:
        return clock.given(text)
    except ValueError as error:
        raise Unprocessable("invalid_fields", errors=[FieldFault("visit_at", "field_time")]) from error


def history(wish: Wish) -> list[HistoryEntry | records.ClaimRecord]:
    """Everything that happened to the wish, newest first: its own entries and the claim records among them."""
    entries: list[HistoryEntry | records.ClaimRecord] = [*wishes.entries(wish), *records.of_wish(wish.pk)]
    return sorted(entries, key=lambda entry: entry.sk.partition("#")[2], reverse=True)


def mine(
    account: str, limit: int, after: records.Place | None
) -> tuple[list[tuple[Wish, records.ClaimRecord]], records.Place | None]:
    """Up to `limit` of an account's claims, newest first, after a place; and the place to go on from.

    The live ones are found through the quotas (they are capped), the others through their index.
    """
    found = {_place(record): (wish, record) for wish, record in _live(account)}
    past = records.past(account, limit + _SAME_MOMENT, after[0] if after else None)
    places = sorted({*found, *past}, reverse=True)
    places = [place for place in places if after is None or place < after]
    shown = places[:limit]
    found |= {
        _place(record): (wish, record) for wish, record in _pairs([each[1:] for each in shown if each not in found])
    }
    return [found[each] for each in shown if each in found], shown[-1] if len(places) > limit else None


def _live(account: str) -> list[tuple[Wish, records.ClaimRecord]]:
    held = [wish for wish in wishes.several(records.live(account)) if wish.claimant == account and wish.claim]
    return _pairs([(wish.pk, records.sort_key(int(wish.claim))) for wish in held if wish.state == "claimed"])


def _place(record: records.ClaimRecord) -> records.Place:
    return record.order or "", record.pk, record.sk


def _pairs(keys: list[tuple[str, str]]) -> list[tuple[Wish, records.ClaimRecord]]:
    found = records.several(keys)
    held = {wish.pk: wish for wish in wishes.several(sorted({wish for wish, _ in keys}))}
    return [(held[key[0]], found[key]) for key in keys if key in found and key[0] in held]
