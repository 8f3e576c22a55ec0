"""Claiming: the rush for a wish.

    the wish (version v → v+1)   one winner: whoever else read v finds it moved
    the quota's set              the cap, exact: refused when the set is full
    the claim record             the history entry of v+1 at the same time

Three items, one transaction, one round trip; a lost claim is one read and no write.
"""

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, metrics, phones, sealing, tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, FieldFault, NotFound, Unprocessable
from chalicelib.base.words import ORGANISATIONS
from chalicelib.claims import claimants, limits, records, reserving, rules, shapes, standing
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change
from chalicelib.wishes import rules as wish_rules
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt


def claim(wish_id: str, body: shapes.ClaimBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord, int]:
    """Claim a wish; wish, claim and the status of the answer: 201 for a new claim, 200 for the caller's own again.

    A retry under the same Idempotency-Key gets its claim and 201 again, however that claim has gone since.
    Raises Conflict `wish_already_claimed`, `wish_reserved`, `claim_cap_reached` or `claims_not_open`, Forbidden
    `own_wish` for the wisher's side, `not_a_member` for an organisation the caller does not act for, Unprocessable for
    a person's `contributors`.
    """
    if body.on_behalf_of is not None and body.for_organisation is not None:
        raise Unprocessable("invalid_fields", errors=[FieldFault("for_organisation", "field_not_here")])
    for turn in range(12):
        # A glimpse first: whoever comes too late costs half a read unit and writes nothing. After a refused
        # write the wish has moved, so the next look must be the truth.
        wish = wishes.get(wish_id, strongly=turn > 0)
        made = _made_before(wish, body, attempt)
        if made is not None:
            attempt.caller.prove()
            return wish, *made
        if reserving.lapsed(wish, attempt.at):
            # It is the next one's, or everybody's, from that moment on, not from the clock's next look.
            reserving.settle(wish_id, attempt.at)
            continue
        _require_claimable(wish, body, attempt)
        claimant = _claimant(wish, body, attempt.caller)
        if body.contributors is not None and claimant.claimant_type not in ORGANISATIONS:
            raise Unprocessable("invalid_fields", errors=[FieldFault("contributors", "field_not_here")])
        kept = reserving.taken(wish, claimant.account)
        put, record, place = _claim_parts(wish, claimant, body, attempt)
        try:
            # A second claim of one version is refused by the wish's own condition; this one only says it again.
            tables.commit([put, tables.Put(record, tables.absent(records.ClaimRecord)), place, *kept])
        except tables.Refused as refusal:
            if any(isinstance(part.record, records.Quota) for part in refusal.found):
                raise Conflict("claim_cap_reached", extra={"cap": claimant.cap}, cap=claimant.cap) from refusal
            continue
        finally:
            wishes.moved(wish)
        metrics.count("claims_won")
        return wish, record, 201
    raise Conflict()


def _made_before(wish: Wish, body: shapes.ClaimBody, attempt: Attempt) -> tuple[records.ClaimRecord, int] | None:
    """The claim this Idempotency-Key made (201), or the one the caller holds (200)."""
    own = body.on_behalf_of is None
    mine = own and wish.claimant == _holder(body, attempt.caller)
    if own and not mine and wish.state in rules.STANDING and not wish.claims_before:
        return None  # the rush: who comes too late causes no further read
    if body.for_organisation is not None:
        require(attempt.caller.speaks_for(body.for_organisation), "not_a_member")
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


def _holder(body: shapes.ClaimBody, caller: Caller) -> str:
    """The account a claim is for where it is nobody's offline: the caller's own, or their organisation's."""
    return body.for_organisation or caller.account


def _account_of(body: shapes.ClaimBody) -> str | None:
    """The account of the citizen a claim is made for, if there is one already."""
    number = phones.normalise(body.on_behalf_of.phone) if body.on_behalf_of else None
    return accounts.find(number) if number else None


def _require_claimable(wish: Wish, body: shapes.ClaimBody, attempt: Attempt) -> None:
    if not wish_rules.is_public(wish.state, wish.hidden):
        if not wishes.may_see(wish, attempt.caller):
            raise NotFound()
        raise wishes.wrong_state(wish)
    if wish.state in rules.STANDING:
        metrics.count("claims_lost")
        raise Conflict("wish_already_claimed")
    found = rounds.get(wish.round)
    if found.closed_at or not found.window_for(wish.subdistrict).claiming(attempt.at):
        raise Conflict("claims_not_open")
    require(not _is_for_its_wisher(wish, body, attempt.caller), "own_wish")
    if wish.reserved_for and wish.reserved_for != _kept_for(wish, body, attempt.caller):
        raise Conflict("wish_reserved", extra={"reserved_until": wish.reserved_until})


def _is_for_its_wisher(wish: Wish, body: shapes.ClaimBody, caller: Caller) -> bool:
    """Whether the wisher's side claims its own wish, itself or by a liaison: who asks for help does not grant it."""
    if body.on_behalf_of is None:
        return wishes.is_for(wish, caller.account)
    require(caller.reviews(wish.subdistrict))  # else anybody could find out whose it is by trying phones
    account = _account_of(body)
    return account is not None and wishes.is_for(wish, account)


def _kept_for(wish: Wish, body: shapes.ClaimBody, caller: Caller) -> str | None:
    """The account a wish must be kept for, if it is kept: an offline citizen's own, not the liaison's who asks."""
    if body.on_behalf_of is None:
        return _holder(body, caller)
    require(caller.reviews(wish.subdistrict))  # else anybody could find out whose it is by trying phones
    return _account_of(body)


def _claimant(wish: Wish, body: shapes.ClaimBody, caller: Caller) -> claimants.Claimant:
    if body.on_behalf_of is None:
        return claimants.of(body.for_organisation, caller)
    require(caller.reviews(wish.subdistrict))
    return claimants.offline(body.on_behalf_of)


def _claim_parts(
    wish: Wish, claimant: claimants.Claimant, body: shapes.ClaimBody, attempt: Attempt
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
        expires_at=rules.expires_at(attempt.at, limits.of_time().claim_days),
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
        sealed=_told_name(wish, body),
        claimed_at=attempt.at,
        order=f"{clock.now().timestamp() * 1000:014.0f}",
        key=attempt.key or None,
        fingerprint=attempt.fingerprint or None,
    )
    standing.watch(record, attempt.at)  # whom it concerns is told by the clock, so that winning stays one small write
    return put, record, standing.take_place(wish, claimant.account, claimant.cap)


def _told_name(wish: Wish, body: shapes.ClaimBody) -> bytes | None:
    """The offline citizen's name as the liaison gave it, sealed: their account may be older and know another."""
    behalf = body.on_behalf_of
    return sealing.seal("claims", wish.pk, shapes.Claimant(name=behalf.name)) if behalf else None
