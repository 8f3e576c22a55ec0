"""What a claim's acts take (product.md section 6, body by body)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.words import ClaimantType, Stage

Note = Annotated[str, Meta(max_length=1000)]
Phone = Annotated[str, Meta(min_length=5, max_length=30)]
Name = Annotated[str, Meta(min_length=1, max_length=60)]


class OnBehalfOf(Body):
    """The offline citizen a liaison claims for."""

    name: Name
    phone: Phone
    claimant_type: ClaimantType = "citizen"


class ClaimBody(Body):
    """POST /v1/wishes/{id}/claim. An organisation may count its contributors: no names, no amounts.

    `for_organisation` is the account of the organisation the caller acts for; without it the claim is their own.
    """

    message: Annotated[str, Meta(max_length=500)] | None = None
    contributors: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    on_behalf_of: OnBehalfOf | None = None
    for_organisation: paging.Id | None = None


class StandbyBody(Body):
    """POST /v1/wishes/{id}/standby: for oneself, or for an organisation one acts for."""

    for_organisation: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class OfferBody(Body):
    """POST /v1/wishes/{id}/offer: to an organisation, by its account or by its phone."""

    account: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    phone: Phone | None = None
    hours: Annotated[int, Meta(ge=1, le=336)] = 72
    message: Annotated[str, Meta(max_length=200)] | None = None


class ProgressBody(Body):
    """POST /v1/claims/{id}/progress."""

    stage: Stage
    note: Note | None = None
    visit_at: Annotated[str, Meta(min_length=10, max_length=40)] | None = None


class DeliverBody(Body):
    """POST /v1/claims/{id}/deliver. `minutes` is the time spent on a spiritual wish."""

    note: Note | None = None
    minutes: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    photos: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=9)] = []


class MessageBody(Body):
    """POST /v1/claims/{id}/messages. `to`: by SMS to the wisher's side; `from`: staff write down what that side said.

    `cleared` are findings of the text scan that staff answer for, as at publication.
    """

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    to: Literal["wisher"] | None = None
    sender: Literal["wisher"] | None = msgspec.field(default=None, name="from")
    cleared: list[Annotated[str, Meta(min_length=1, max_length=1000)]] = []


class ReturnBody(Body):
    """POST /v1/claims/{id}/return: what was delivered did not arrive, or does not suit."""

    reason: Literal["not_received", "unsuitable"]
    note: Note | None = None


class ConfirmBody(Body):
    """POST /v1/claims/{id}/confirm: after a call, after a visit, or with the slip's code."""

    method: Literal["phone", "visit", "slip"]
    code: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    thanks: Annotated[str, Meta(max_length=500)] | None = None


class ThanksBody(Body):
    """POST /v1/claims/{id}/thanks. `cleared` are findings of the text scan that the liaison answers for."""

    approve: bool
    text: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    cleared: list[Annotated[str, Meta(min_length=1, max_length=500)]] = []


class ReleaseBody(Body):
    """POST /v1/claims/{id}/release."""

    reason: Annotated[str, Meta(max_length=500)] | None = None


class RevokeBody(Body):
    """POST /v1/claims/{id}/revoke."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class EmptyBody(Body):
    """An act that needs no words."""


class Claimant(msgspec.Struct, frozen=True, omit_defaults=True):
    """An imported claimant, sealed in the claim record: there is no account to hold the name."""

    name: str
    thanks: str | None = None
