"""The acts of a standing claim on its way to fulfilment: progress, extension, introduction, delivery, and back."""

from collections.abc import Iterable

from chalicelib.audit import actions as audit
from chalicelib.base import clock, tables
from chalicelib.base.problems import Conflict, FieldFault, Unprocessable
from chalicelib.claims import confirming, limits, photos, records, rules, shapes, standing
from chalicelib.rounds import actions as rounds
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import auditing, change
from chalicelib.wishes.actions import Wish
from chalicelib.wishes.change import Attempt, Entry


def progress(claim_id: str, body: shapes.ProgressBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Report a stage. Raises Conflict `stage_order` when it goes backwards. Starting delivery pauses expiry."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        if not rules.goes_forward(wish.stage, body.stage):
            raise Conflict("stage_order", extra={"stage": wish.stage})
        visit_at = _visit(wish, body.visit_at)
        if wish.stage == body.stage and not body.note and visit_at in (None, wish.visit_at):
            return []
        visit_agreed = visit_at or wish.visit_at
        fields = {
            "stage": body.stage,
            "visit_at": visit_agreed,
            "expires_at": _expiry(wish, body, visit_agreed, attempt),
        }
        note = {"stage": body.stage, "note": body.note, "visit_at": visit_at}
        entry = Entry("progress", reason_code=body.stage, record=note if body.note or visit_at else None)
        moved = change.advance(wish, attempt, entry, "claimed", **fields)
        return [*moved, standing.note(wish, record, attempt.at)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        return standing.is_claimant(attempt.caller, record) or attempt.caller.reviews(wish.subdistrict)

    return standing.act(claim_id, "progress", attempt, may, decide)


def extend(claim_id: str, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """One extension on request. Raises Conflict `already_extended`, or `not_expiring` while expiry is paused."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        if wish.extended:
            raise Conflict("already_extended")
        if wish.expires_at is None:
            raise Conflict("not_expiring")
        until = clock.later(wish.expires_at, days=limits.of_time().extension_days)
        moved = change.advance(wish, attempt, Entry("extend"), "claimed", extended=True, expires_at=until)
        return [*moved, standing.note(wish, record, attempt.at)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        return standing.is_claimant(attempt.caller, record) or attempt.caller.reviews(wish.subdistrict)

    return standing.act(claim_id, "extend", attempt, may, decide)


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

    return standing.act(
        claim_id, "introduce", attempt, lambda wish, _: attempt.caller.reviews(wish.subdistrict), decide
    )


def deliver(claim_id: str, body: shapes.DeliverBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Say that the wish was delivered. From now on the claim no longer counts against the cap.

    Raises Unprocessable for photos that are not the caller's uploads or no photos, and for minutes of a material wish.
    """
    photos.require_own(body.photos, attempt.caller)
    kept: list[str] = []

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        nonlocal kept
        if body.minutes is not None and wish.kind != "spiritual":
            raise Unprocessable("invalid_fields", errors=[FieldFault("minutes", "field_not_here")])
        # Once for all turns, and only for an act that nothing else stands against.
        kept = kept or photos.keep(wish.pk, body.photos, attempt.caller)
        told = {"note": body.note, "minutes": body.minutes, "photos": kept}
        entry = Entry("deliver", record=told if any(told.values()) else None)
        moved = change.advance(wish, attempt, entry, "delivered", delivered_at=attempt.at, expires_at=None)
        shown = {"shown_to": record.account, "photos": kept or None, "minutes": body.minutes}
        noted = standing.note(wish, record, attempt.at, state="delivered", **shown)
        return [*moved, noted, confirming.pointer_part(wish, record), *standing.give_place(wish, record.account)]

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        return standing.is_claimant(attempt.caller, record) or attempt.caller.serves(wish.subdistrict, wish.committee)

    return standing.act(claim_id, "deliver", attempt, may, decide)


def send_back(claim_id: str, body: shapes.ReturnBody, attempt: Attempt) -> tuple[Wish, records.ClaimRecord]:
    """Not received, or unsuitable: the claim is live again, whatever its claimant took on meanwhile."""

    def decide(wish: Wish, record: records.ClaimRecord) -> Iterable[tables.Part]:
        until = rules.expires_at(attempt.at, limits.of_time().claim_days)
        entry = Entry("not_received", reason_code=body.reason, record={"note": body.note} if body.note else None)
        moved = change.advance(wish, attempt, entry, "claimed", delivered_at=None, stage=None, expires_at=until)
        parts = [*moved, standing.note(wish, record, attempt.at, state="live", shown_to=None)]
        if record.account:
            # No cap here: the wisher's complaint is never refused because the claimant is busy.
            quota = records.quota(record.account, wish.round)
            parts.append(tables.Change(quota, [records.Quota.open.add({wish.pk})]))
        return parts

    def may(wish: Wish, record: records.ClaimRecord) -> bool:
        caller = attempt.caller
        return not standing.is_claimant(caller, record) and (
            wishes.is_wisher(wish, caller) or caller.serves(wish.subdistrict, wish.committee)
        )

    return standing.act(claim_id, "not_received", attempt, may, decide)


def _expiry(wish: Wish, body: shapes.ProgressBody, visit_at: str | None, attempt: Attempt) -> str | None:
    """When the claim expires after this progress: never while delivery is on its way."""
    if rules.pauses_expiry(body.stage):
        return None
    # A visit agreed for later than the round delivers keeps the wish from others no longer than that.
    ends = rounds.get(wish.round).window_for(wish.subdistrict).deliver_until
    visit = min(visit_at, ends) if visit_at else None
    return rules.expires_at(attempt.at, limits.of_time().claim_days, wish.expires_at, visit)


def _visit(wish: Wish, text: str | None) -> str | None:
    if text is None:
        return None
    if wish.kind != "spiritual":
        raise Unprocessable("invalid_fields", errors=[FieldFault("visit_at", "field_not_here")])
    try:
        return clock.given(text)
    except ValueError as error:
        raise Unprocessable("invalid_fields", errors=[FieldFault("visit_at", "field_time")]) from error
