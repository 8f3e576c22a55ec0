"""Claiming: the rush for a wish.

    the wish (version v → v+1)   one winner: whoever else read v finds it moved
    the quota's set              the cap, exact: refused when the set is full
    the claim record             the history entry of v+1 at the same time

Three items, one transaction, one round trip; a lost claim is one read and no write.
"""

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, metrics, phones, tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, FieldFault, Forbidden, NotFound, Unprocessable
from chalicelib.base.words import ORGANISATIONS
from chalicelib.claims import limits, records, rules, shapes, standing
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change
from chalicelib.wishes import rules as wish_rules
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt


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
        return limits.cap(self.claimant_type)


def claim(wish_id: str, body: shapes.ClaimBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord, int]:
    """Claim a wish; wish, claim and the status of the answer: 201 for a new claim, 200 for the caller's own again.

    A retry under the same Idempotency-Key gets its claim and 201 again, however that claim has gone since.
    Raises Conflict `wish_already_claimed`, `wish_reserved`, `claim_cap_reached` or `claims_not_open`, Forbidden
    `not_a_member` for an organisation the caller does not act for.
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
        _require_claimable(wish, body, attempt)
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
    reserved = wish.reserved_for and (wish.reserved_until or "") > attempt.at
    if reserved and wish.reserved_for != _holder(body, attempt.caller):
        raise Conflict("wish_reserved", extra={"reserved_until": wish.reserved_until})


def _claimant(wish: Wish, body: shapes.ClaimBody, caller: Caller) -> Claimant:
    behalf = body.on_behalf_of
    if body.for_organisation is not None:
        return _organisation(body.for_organisation, caller)
    if behalf is None:
        own = caller.standing
        return Claimant(caller.account, own.claimant_type, own.basis, own.branch, own.sector)
    require(caller.reviews(wish.subdistrict))
    number = phones.normalise(behalf.phone)
    if number is None or not phones.is_mobile(number):
        raise Unprocessable("invalid_fields", errors=[FieldFault("on_behalf_of.phone", "field_mobile")])
    return Claimant(accounts.find_or_make(number, behalf.name), behalf.claimant_type, "declared")


def _organisation(account: str, caller: Caller) -> Claimant:
    """An organisation claims as what it is, not as what the member is who says so."""
    theirs = accounts.standing_now(account) if caller.speaks_for(account) else None
    if theirs is None or theirs.claimant_type not in ORGANISATIONS:
        raise Forbidden("not_a_member")
    return Claimant(account, theirs.claimant_type, theirs.basis, theirs.branch, theirs.sector)


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
        claimed_at=attempt.at,
        order=f"{clock.now().timestamp() * 1000:014.0f}",
        key=attempt.key or None,
        fingerprint=attempt.fingerprint or None,
    )
    standing.watch(record, attempt.at)  # whom it concerns is told by the clock, so that winning stays one small write
    return put, record, standing.take_place(wish, claimant.account, claimant.cap)
