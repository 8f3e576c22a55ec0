"""Consents as records (product.md section 1): what was agreed to, each on its own, and what a change of it means. Pure.

A record is never altered: a later consent, or a withdrawal, is a record of its own and the earlier ones stay behind it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from chalicelib.base.problems import FieldFault
from chalicelib.wishes import shapes

TEXTS: Final = ("2026-11",)
"""Versions of the consent text that is read back to people (docs/consent.md), the newest last."""
ITEMS: Final[Mapping[str, str]] = {"process": "p", "publish_story": "s", "share_contact": "c", "photos": "f"}
"""What is asked for, with the letter that stands for it on the wish."""
BY_ACCOUNT: Final = "account"


def letters(consent: shapes.Consent) -> str:
    """What was consented to, as letters on the wish: p(rocess), s(tory), c(ontact), f(otos)."""
    return "".join(letter for item, letter in ITEMS.items() if getattr(consent, item))


def declared(consent: shapes.ConsentIn, at: str) -> shapes.Consent:
    """The record of a consent given with a declaration at `at`."""
    return shapes.Consent(
        consent.process, consent.publish_story, consent.share_contact, consent.photos,
        consent.by, consent.method, at, TEXTS[-1], consent.witness,
    )  # fmt: skip


def changes(body: shapes.ConsentsBody) -> dict[str, bool]:
    """What the body says of each of the four, where it says anything; `given` and beside it are the same."""
    found: dict[str, bool] = {}
    for said in (body, body.given):
        if said is not None:
            found |= {item: getattr(said, item) for item in ITEMS if getattr(said, item) is not None}
    return found


def standing(consent: shapes.Consent, *, minor: bool) -> shapes.Consent:
    """What a consent on record still covers: of a minor's that no guardian gave, nothing but the declaration itself."""
    if not minor or consent.by == "guardian":
        return consent
    return msgspec.structs.replace(consent, publish_story=False, share_contact=False, photos=False)


def agreed(before: shapes.Consent, body: shapes.ConsentsBody, at: str) -> shapes.Consent:
    """The record that follows `before`: what the body does not name stays, and without processing nothing does."""
    wanted = {item: getattr(before, item) for item in ITEMS} | changes(body)
    if not wanted["process"]:
        wanted = dict.fromkeys(ITEMS, False)
    return shapes.Consent(
        **wanted,
        by=body.by or "self",
        method=body.method or BY_ACCOUNT,
        at=at,
        text_version=body.text_version or TEXTS[-1],
        witness=body.witness,
    )


def is_repeated(before: shapes.Consent, after: shapes.Consent) -> bool:
    """Whether the record says nothing that the one before it does not say."""
    return msgspec.structs.replace(after, at=before.at) == before


def given(before: shapes.Consent, after: shapes.Consent) -> list[str]:
    """What is consented to now and was not before."""
    return [item for item in ITEMS if getattr(after, item) and not getattr(before, item)]


def withdrawn(before: shapes.Consent, after: shapes.Consent) -> list[str]:
    """What was consented to before and is no longer."""
    return given(after, before)


def faults(body: shapes.ConsentsBody, sealed: shapes.Sealed, *, minor: bool, own: bool) -> Iterable[FieldFault]:
    """What is wrong with a later consent. `own`: it comes from the wisher's own account, which says by whom.

    A minor's consent is the guardian's to give; taking one back is anybody's who may act for the child.
    """
    wanted = changes(body)
    if not wanted:
        yield FieldFault("given", "field_missing")
    for item in ITEMS:
        inner = getattr(body.given, item, None)
        if inner is not None and getattr(body, item) not in (None, inner):
            yield FieldFault(f"given.{item}", "field_value")
        if wanted.get("process") is False and wanted.get(item):
            yield FieldFault(item, "field_not_here")
    if not own:
        yield from (FieldFault(name, "field_missing") for name in ("by", "method") if getattr(body, name) is None)
    if body.method == "spoken" and not body.witness:
        yield FieldFault("witness", "witness_required")
    if body.text_version is not None and body.text_version not in TEXTS:
        yield FieldFault("text_version", "field_choice", {"choices": ", ".join(TEXTS)})
    if body.by == "guardian" and sealed.guardian is None:
        yield FieldFault("guardian", "guardian_required")
    if minor and any(wanted.values()) and body.by not in (None, "guardian"):
        yield FieldFault("by", "guardian_required")
