"""Offers: a wish is kept for a named organisation until it answers or the offer lapses (product.md section 2)."""

from collections.abc import Iterable

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, phones, tables
from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, FieldFault, NotFound, Unprocessable
from chalicelib.base.words import ORGANISATIONS
from chalicelib.claims import reserving, rules, shapes
from chalicelib.notices import actions as notices
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import change, clearing
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry


def offer(wish_id: str, body: shapes.OfferBody, attempt: Attempt) -> Wish:
    """Offer a published wish to an organisation. Raises Conflict `wish_reserved`, `wrong_state`, `claims_not_open`."""
    _settle(wish_id, attempt)

    def decide(wish: Wish) -> Iterable[tables.Part]:
        require(attempt.caller.reviews(wish.subdistrict))
        wishes.expect("offer", wish)
        if wish.hidden:
            raise wishes.wrong_state(wish)
        if wish.reserved_for:
            raise Conflict("wish_reserved", extra={"reserved_until": wish.reserved_until})
        found = rounds.get(wish.round)
        window = found.window_for(wish.subdistrict)
        if found.closed_at or not window.claiming(attempt.at):
            raise Conflict("claims_not_open")
        if body.message:
            clearing.require_tellable(wish, wishes.opened(wish), "message", body.message)
        organisation = _organisation(body)
        until = rules.kept_until(attempt.at, body.hours, window.claim_until)
        record = {"organisation": organisation, "until": until, "message": body.message}
        fields = {"reserved_for": organisation, "reserved_until": until}
        moved = change.advance(wish, attempt, Entry("offer", record=record), "published", **fields)
        values = {"until": clock.local_minute(until), "message": body.message or ""}
        told = notices.tell(organisation, "offer_made", wish, **values)
        return [*moved, *reserving.offered(wish, organisation, attempt.caller.account, until), *told]

    return change.perform(wish_id, attempt, wishes.get, decide)[0]


def answer_no(wish_id: str, attempt: Attempt) -> None:
    """The organisation declines, or a liaison takes the offer back; nothing happens where there is none (any more).

    Raises NotFound for a wish the caller may not see, Conflict `no_offer` for anybody it was not made to.
    """

    def decide(wish: Wish) -> Iterable[tables.Part]:
        offered = reserving.is_offered(wish)
        if offered and attempt.caller.speaks_for(wish.reserved_for):
            return reserving.hand_on(wish, attempt, "decline")
        if attempt.caller.reviews(wish.subdistrict):
            return reserving.hand_on(wish, attempt, "take_back") if offered else []
        if not wishes.may_see(wish, attempt.caller):
            raise NotFound()
        if not _declined_before(wish, attempt.caller):
            raise Conflict("no_offer")
        return []

    change.perform(wish_id, attempt, wishes.get, decide)


def _declined_before(wish: Wish, caller: Caller) -> bool:
    """Whether the caller declined this wish already: their retry is told what it was told the first time."""
    return any(entry.act == "decline" and entry.by == caller.account for entry in wishes.entries(wish))


def _settle(wish_id: str, attempt: Attempt) -> None:
    if reserving.lapsed(wishes.get(wish_id), attempt.at):
        reserving.settle(wish_id, attempt.at)


def _organisation(body: shapes.OfferBody) -> str:
    """The organisation's account. Raises Unprocessable where it is not one, or not exactly one is named."""
    if (body.account is None) == (body.phone is None):
        raise Unprocessable("invalid_fields", errors=[FieldFault("account", "field_one_of_account_phone")])
    field = "account" if body.account is not None else "phone"
    account = body.account or _by_phone(body.phone or "")
    theirs = accounts.standing_now(account) if account else None
    if account is None or theirs is None or theirs.claimant_type not in ORGANISATIONS:
        raise Unprocessable("invalid_fields", errors=[FieldFault(field, "not_an_organisation")])
    return account


def _by_phone(phone: str) -> str | None:
    number = phones.normalise(phone)
    return accounts.find(number) if number else None
