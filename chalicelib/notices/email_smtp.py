"""E-mail through a mail relay (SMTP), where SES is lacking: TLS always, from the start on port 465, else STARTTLS.

A relay knows no idempotency token. The Message-ID is the same for every try, which some mailboxes fold into one.
"""

import hashlib
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from typing import Final

from chalicelib.base import settings
from chalicelib.notices import letters
from chalicelib.notices.channels import Message, SendingFailed

_SECONDS = 8.0  # for each step
_TLS_FROM_THE_START: Final = 465
_GREYLISTED: Final = 300  # seconds a relay that says "not now" wants one to wait, by custom
_LOOPBACK: Final = {"127.0.0.1", "localhost"}


def send(message: Message) -> str:
    """Hand the letter to the relay; its Message-ID. Raises SendingFailed."""
    sender = parseaddr(letters.sender())[1]
    letter = _letter(message, sender)
    smtp = _connected(sender)
    try:
        _hand_over(smtp, sender, message.to, letter.as_bytes())
    finally:
        # Whatever it says to our goodbye, the letter is accepted or refused by now.
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    return str(letter["Message-ID"])


def _letter(message: Message, sender: str) -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2]
    try:
        letter["From"] = letters.sender()
        letter["To"] = message.to
        letter["Subject"] = letters.subject(message)
        letter["Date"] = formatdate()
        letter["Message-ID"] = _message_id(message, domain)
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: absence notes do not answer what a machine wrote
        letter.set_content(letters.plain(message))
        letter.add_alternative(letters.page(message), subtype="html")
    except ValueError:  # a line break in a header: somebody tries to add one of their own
        raise SendingFailed("smtp: not a letter", permanent=True) from None
    return letter


def _message_id(message: Message, domain: str) -> str:
    if not message.token:
        return make_msgid(domain=domain)
    return f"<{hashlib.sha256(message.token.encode()).hexdigest()[:32]}@{domain}>"


def _connected(sender: str) -> smtplib.SMTP:
    """A session with the relay, encrypted and signed in. Raises SendingFailed; nothing is sent by then."""
    host, port = settings.text("SMTP_HOST"), settings.number("SMTP_PORT", 587)
    if not host:
        raise SendingFailed("smtp: no relay")
    name = sender.rpartition("@")[2]  # without one, smtplib asks the DNS who we are
    try:
        if port == _TLS_FROM_THE_START:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, name, timeout=_SECONDS, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(host, port, name, timeout=_SECONDS)
            _encrypt(smtp, host)
        if login := settings.secrets().smtp:
            smtp.login(login.user, login.password)
    # The library's own words quote the relay's, and those may quote the address: only the kind of failure goes on.
    except (smtplib.SMTPException, OSError) as error:
        raise SendingFailed(f"smtp: {type(error).__name__}") from None
    return smtp


def _encrypt(smtp: smtplib.SMTP, host: str) -> None:
    """STARTTLS, or nothing at all; on this very machine (the tests' relay) also without."""
    smtp.ehlo()
    if host not in _LOOPBACK or smtp.has_extn("starttls"):
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo()


def _hand_over(smtp: smtplib.SMTP, sender: str, to: str, content: bytes) -> None:
    """The three steps of a letter. Only after the last one's start can it be under way without our knowing."""
    try:
        smtp.ehlo_or_helo_if_needed()
        _accepted("sender", smtp.mail(sender)[0], is_readers=False)
        _accepted("reader", smtp.rcpt(to)[0], is_readers=True)
    except (smtplib.SMTPException, OSError) as error:
        raise SendingFailed(f"smtp: {type(error).__name__}") from None
    try:
        _accepted("letter", smtp.data(content)[0], is_readers=True)
    except smtplib.SMTPDataError as error:
        raise _refusal("letter", error.smtp_code, is_readers=True) from None
    except (smtplib.SMTPException, OSError) as error:
        raise SendingFailed(f"smtp: {type(error).__name__}", unsure=True) from None


def _accepted(step: str, code: int, *, is_readers: bool) -> None:
    if not 200 <= code < 300:
        raise _refusal(step, code, is_readers=is_readers)


def _refusal(step: str, code: int, *, is_readers: bool) -> SendingFailed:
    """A lasting no is about the reader, or about how we are set up; only the first makes another try pointless."""
    if code < 500:
        return SendingFailed(f"smtp: {step} {code}", retry_after=_GREYLISTED)
    return SendingFailed(f"smtp: {step} {code}", permanent=is_readers)
