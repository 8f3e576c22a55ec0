"""What comes in about messages: what somebody wants to hear of."""

from typing import Annotated

from msgspec import Meta

from chalicelib.base import settings
from chalicelib.base.bodies import Body
from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.notices.subscriptions import MOST, Wanted

Names = Annotated[list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=200)]


class SubscriptionsBody(Body):
    """PUT /v1/me/subscriptions. Over which channel it is told is chosen with PATCH /v1/me."""

    subdistricts: Names = []
    categories: Names = []


def wanted(body: SubscriptionsBody) -> Wanted:
    """What a body asks for. Raises Unprocessable for a subdistrict or category that is not known."""
    known = {"subdistricts": settings.subdistricts(), "categories": settings.categories()}
    faults = [
        FieldFault(f"{field}[{place}]", "field_value")
        for field, names in known.items()
        for place, name in enumerate(getattr(body, field))
        if name not in names
    ]
    found = Wanted(frozenset(body.subdistricts), frozenset(body.categories))
    if len(found.subdistricts) + len(found.categories) > MOST:
        faults.append(FieldFault("subdistricts", "too_many_subscriptions", {"most": MOST}))
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)
    return found
