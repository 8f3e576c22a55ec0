"""Editing a wish before it is claimed: what is given is replaced, checked as at its declaration."""

from collections.abc import Iterable

import msgspec

from chalicelib.base import tables, words
from chalicelib.base.problems import FieldFault, Forbidden, NotFound, Stale, Unprocessable
from chalicelib.wishes import (
    actions,
    change,
    clearing,
    consents,
    declaring,
    listing,
    persons,
    reaching,
    records,
    rules,
    shapes,
)
from chalicelib.wishes.change import Attempt, Entry

_OF_A_WISHER = ("name", "gender", "birth_year", "phone", "address")


def edit(wish_id: str, version: int, body: shapes.EditBody, attempt: Attempt) -> records.Wish:
    """Replace the fields given. A returned wish goes back to review by it.

    Raises Stale, Conflict, Forbidden (`declarer_may_not_review` once it is verified, for a reviewer whose own it is),
    Unprocessable (`guardian_required` where it turns out to be a minor's).
    """

    def decide(wish: records.Wish) -> Iterable[tables.Part]:
        reviews = attempt.caller.reviews(wish.subdistrict)
        if not reviews and not actions.is_own(wish, attempt.caller):
            raise Forbidden() if actions.may_see(wish, attempt.caller) else NotFound()
        if version != wish.version:
            raise Stale()
        if wish.state not in rules.EDITABLE_BY_DECLARER:
            if not reviews or wish.state not in rules.EDITABLE_BY_REVIEWER:
                raise actions.wrong_state(wish)
            actions.require_reviewer(wish, attempt.caller)  # what was reviewed is not its declarer's to rewrite
        sealed = actions.opened(wish)
        if sealed is None:
            raise actions.wrong_state(wish)
        return _parts(wish, body, attempt, sealed, _changed(wish, body, attempt, sealed))

    return change.perform(wish_id, attempt, actions.get, decide)[0]


def _changed(wish: records.Wish, body: shapes.EditBody, attempt: Attempt, sealed: shapes.Sealed) -> shapes.Sealed:
    """The sealed fields with what is given replaced. Raises Unprocessable for whatever is wrong with them."""
    faults = list(declaring.check_category(body.category))
    if body.wisher or body.contact or body.guardian or body.consent:
        wisher = body.wisher or shapes.WisherIn(**{name: getattr(sealed.wisher, name) for name in _OF_A_WISHER})
        people = (wisher, body.contact or sealed.contact, body.guardian or sealed.guardian)
        year = persons.year_of(wish.declared_at)
        faults += persons.faults(wish.subject, *people, body.consent, year)
    if body.consent is not None:
        faults += declaring.check_consent(body.consent)
        if wish.state not in rules.EDITABLE_BY_DECLARER:  # from review on a consent is recorded as an act of its own
            faults.append(FieldFault("consent", "field_not_here"))
    if body.team_size is not None and wish.subject != "team":
        faults.append(FieldFault("team_size", "field_not_here"))
    if faults:
        raise Unprocessable(declaring.code_of(faults), errors=faults)
    number = body.wisher.id_number if body.wisher else None
    earlier = sealed.consents_before
    return msgspec.structs.replace(
        sealed,
        wisher=persons.sealed_wisher(body.wisher) if body.wisher else sealed.wisher,
        contact=persons.sealed_related(body.contact) if body.contact else sealed.contact,
        guardian=persons.sealed_related(body.guardian) if body.guardian else sealed.guardian,
        circumstances=body.circumstances or sealed.circumstances,
        particulars=body.particulars if body.particulars is not None else sealed.particulars,
        consent=consents.declared(body.consent, attempt.at) if body.consent else sealed.consent,
        consents_before=[*earlier, sealed.consent] if body.consent else earlier,
        id_mark=persons.id_mark(number) or sealed.id_mark,
        id_check=persons.id_check(number) or sealed.id_check,
    )


def _parts(
    wish: records.Wish, body: shapes.EditBody, attempt: Attempt, sealed: shapes.Sealed, changed: shapes.Sealed
) -> list[tables.Part]:
    words_of_story = body.story or actions.story(wish)
    if wish.state == "published":
        clearing.require_clear(wish, changed, body.title or wish.title, words_of_story, body.cleared or [])
    listing.forget_story(wish)
    fields: dict[str, object] = {
        name: getattr(body, name)
        for name in ("kind", "category", "title", "committee", "team_size")
        if getattr(body, name) is not None
    }
    if (changed.wisher, changed.guardian) != (sealed.wisher, sealed.guardian):
        persons.apply(wish, changed, persons.year_of(wish.declared_at))
    to = "submitted" if wish.state == "returned" else wish.state
    named = sorted(name for name in body.__struct_fields__ if getattr(body, name) is not None)
    fields |= agreed(wish, changed)
    pointers = reaching.moved(wish, sealed, changed)
    cleared = {"cleared": clearing.texts(body.cleared)} if body.cleared else {}
    parts = change.advance(wish, attempt, Entry("edit", record={"fields": named, **cleared}), to, **fields)
    beside = change.place_story(wish, words_of_story)
    parts += [beside] if beside else []
    if changed != sealed:
        marks = persons.marks(sealed, wish.subdistrict), persons.marks(changed, wish.subdistrict)
        parts += [change.resealed(wish, changed), *persons.repointed(wish, *marks), *pointers]
    return parts


def agreed(wish: records.Wish, changed: shapes.Sealed) -> dict[str, object]:
    """What the consents on record mean for the wish as it is now.

    Who turns out to be a child cannot have agreed alone: until the guardian does, nothing of the wish is public.
    """
    letters = consents.letters(consents.standing(changed.consent, minor=bool(wish.minor)))
    shut = "s" not in letters and wish.state in words.PUBLIC_STATES
    return {"consents": letters, **({"hidden": True} if shut else {})}
