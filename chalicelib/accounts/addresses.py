"""An account's e-mail address: it counts once its holder has read back the code that was sent there.

asked for ── a code goes there ── read back ── the account's address
   └── waiting; the address of before stays in use
"""

import re
from typing import Final

from chalicelib.accounts import codes, keeping, records, rules
from chalicelib.accounts.counting import within
from chalicelib.accounts.keeping import Person
from chalicelib.base import sealing, settings
from chalicelib.base.problems import FieldFault, TooManyRequests, Unavailable, Unprocessable
from chalicelib.notices import channels

_ADDRESS: Final = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
_LONGEST_NAME: Final = 64


def normalise(text: str) -> str:
    """The address in its one spelling, "" for none. Raises Unprocessable for what no mail server would take."""
    name, _, domain = text.rpartition("@")
    address = f"{name}@{domain.lower()}" if text else ""
    if address and (len(name) > _LONGEST_NAME or not _ADDRESS.fullmatch(address)):
        raise Unprocessable("invalid_fields", errors=[FieldFault("email", "field_email")])
    return address


def asked_for(person: Person, address: str) -> dict[str, str]:
    """The person's fields once they ask for `address`; none at all takes away the one they have, too."""
    if not address:
        return {"email": "", "email_waiting": ""}
    return {"email_waiting": "" if address == person.email else address}


def send_code(account: records.Account, address: str) -> None:
    """Send a code to the address the account's holder asked for.

    Raises TooManyRequests, Unavailable, and Unprocessable for an address that no provider will ever reach.
    """
    name = _name(account.pk, address)
    if not settings.is_local_run():
        within(f"letters#{account.pk}", rules.CODES_PER_PHONE)
        within(f"letters#{sealing.blind('email', address)}", rules.CODES_PER_PHONE)
    code = codes.issue(name)
    subject, text = _words(code, account.language or "")
    try:
        channels.send(channels.Message(address, "email", "email_code", text, code, subject=subject))
    except channels.RateLimited as limited:
        raise TooManyRequests(headers={"Retry-After": str(limited.retry_after)}) from limited
    except channels.SendingFailed as error:
        if error.permanent:
            raise Unprocessable("invalid_fields", errors=[FieldFault("email", "field_email")]) from error
        raise Unavailable(f"email: {error}") from error


def confirmed(account: records.Account, code: str) -> str:
    """The address that waits, now that its code was read back. Raises Unprocessable, TooManyRequests."""
    waiting = keeping.person(account).email_waiting
    if not waiting or not codes.spend(_name(account.pk, waiting), code):
        raise Unprocessable("invalid_fields", errors=[FieldFault("email_code", "wrong_code")])
    return waiting


def taken(person: Person, address: str) -> dict[str, str]:
    """The person's fields once `address` is confirmed; what they asked for since goes on waiting."""
    return {"email": address, "email_waiting": "" if person.email_waiting == address else person.email_waiting}


def _name(account: str, address: str) -> str:
    return sealing.blind("email", f"{account}/{address}")


def _words(code: str, language: str) -> tuple[str, str]:
    if language == "en":
        return "[MicroWish] Your code", f"Your MicroWish code is {code}, valid for 5 minutes. Tell it to nobody."
    return "【微心愿】邮箱验证码", f"您的微心愿验证码是 {code}，5 分钟内有效。请勿告诉他人。"
