"""Confirming with the slip's code from any phone: what the page behind the slip's QR code does, step by step.

    code and phone ── the code is one of a delivery ── an SMS goes to the phone ── its six digits ── confirmed

No cookie and no script: each step carries what the one before was told. The SMS shows who confirms, so that the
claimant's own phone is refused and the history names somebody (product.md section 2).
"""

from typing import Annotated, Final, Literal
from urllib.parse import parse_qs

from msgspec import Meta

from chalicelib.accounts import counting, signin
from chalicelib.accounts import standing as accounts
from chalicelib.base import bodies, sealing, settings
from chalicelib.base.bodies import Body
from chalicelib.base.callers import Caller, Standing
from chalicelib.base.problems import BadRequest, Conflict, NotFound, Unprocessable
from chalicelib.claims import confirming, rules, shapes, standing
from chalicelib.wishes.change import Attempt

MEDIA: Final = "application/x-www-form-urlencoded"
Step = Literal["code", "sms", "done"]
TRIES_PER_PHONE: Final = (5, 24 * 3600)
"""Wrong codes a phone may try in a day; a code of eight out of thirty letters is found by nobody in that many."""
TRIES_PER_ADDRESS: Final = (30, 600)
_MOST_FIELDS: Final = 10


class SlipForm(Body):
    """What the page sends: the slip's code and a phone; then the SMS's digits, and words of thanks if any.

    What is left out or too short is told on the page itself, as a wrong code and no phone.
    """

    code: Annotated[str, Meta(max_length=40)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    sms: Annotated[str, Meta(max_length=12)] = ""
    thanks: Annotated[str, Meta(max_length=500)] = ""


def read(content: bytes) -> SlipForm:
    """The form as it was sent. Raises BadRequest, Unprocessable."""
    try:
        fields = parse_qs(content.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadRequest() from error
    return bodies.convert({name: values[-1] for name, values in fields.items()}, SlipForm)


def advance(form: SlipForm, attempt_at: str, address: str) -> Step:
    """Do the form's next step; the step it is at afterwards. Told twice, it confirms once.

    Raises Unprocessable `slip_unknown`, Conflict `claim_over` or `not_delivered_yet`, Unauthorized `wrong_code` for the
    SMS's digits, Forbidden `own_claim`, TooManyRequests, Unavailable.
    """
    phone = signin.mobile(form.phone)
    claim_id = _claim(form.code, phone, address)
    wish, record = standing.find(claim_id)
    if not standing.stands(wish, record):
        raise Conflict("claim_over")
    if wish.state == "fulfilled":
        return "done"
    if wish.state != "delivered":
        raise Conflict("not_delivered_yet")
    if not form.sms:
        signin.send_code(phone, address)
        return "sms"
    account = signin.redeem(phone, form.sms)
    caller = Caller(account, lambda: accounts.standing_now(account) or Standing())
    body = shapes.ConfirmBody(method="slip", code=form.code, thanks=form.thanks or None)
    confirming.confirm(rules.claim_id(wish.pk, int(wish.claim)), body, Attempt(caller, at=attempt_at))
    return "done"


def _claim(code: str, phone: str, address: str) -> str:
    """The claim a code belongs to; every try is counted before it is looked at, and right ones are given back."""
    tries = f"slips#{sealing.blind('phone', phone)}"
    counting.within(tries, TRIES_PER_PHONE)
    if not settings.is_local_run():
        counting.within(f"slips#{address}", TRIES_PER_ADDRESS)
    try:
        found = confirming.claim_of(code)
    except NotFound as error:
        raise Unprocessable("slip_unknown") from error
    counting.give_back(tries, TRIES_PER_PHONE)
    return found
