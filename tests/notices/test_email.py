"""E-mail through SES or a relay: Chinese subjects arrive as written, TLS always, and which refusals are for good."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest

from chalicelib.base import settings
from chalicelib.notices import channels, email_smtp, letters
from chalicelib.notices.channels import SendingFailed
from dev.fakes.relay import HANG_UP, PASSWORD, SILENCE, USER, FakeRelay
from tests.notices.certificates import certificate
from tests.notices.providers import ADDRESS, CANARIES, CREDENTIALS, MESSAGE, TEXT, Provider

PROVIDER = "ses"
SUBJECT = "您认领的心愿“一个电饭煲”还有两天到期，请尽快联系（第2期）"
LETTER = replace(MESSAGE, channel="email", to=ADDRESS, subject=SUBJECT)


@pytest.fixture
def relay(real_senders: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRelay]:
    """A relay on this machine that asks for nothing."""
    with FakeRelay() as relay:
        _lead_to(relay, monkeypatch)
        yield relay


def _lead_to(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_PROVIDER", "smtp")
    monkeypatch.setenv("EMAIL_FROM", "微心愿 <noreply@example.org>")
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", str(relay.port))
    monkeypatch.setattr(email_smtp, "_SECONDS", 1.5)  # a busy machine needs more than a moment


def failed(message: channels.Message = LETTER) -> SendingFailed:
    with pytest.raises(SendingFailed) as caught:
        channels.send(message)
    return caught.value


def words(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_ses_gets_subject_text_and_page_in_unicode(the: Provider) -> None:
    channels.send(replace(LETTER, url="https://wish.example.org/claims?a=1&b=2"))

    (letter,) = the.fake.received
    assert (letter.subject, letter.to) == (SUBJECT, [ADDRESS])
    assert letter.text == f"{TEXT}\n\nhttps://wish.example.org/claims?a=1&b=2\n"
    assert f"<p>{TEXT}</p>" in letter.html
    assert 'href="https://wish.example.org/claims?a=1&amp;b=2"' in letter.html


@pytest.mark.parametrize(("code", "for_good"), [("MessageRejected", True), ("AccountSuspendedException", False)])
def test_ses_refuses_an_address_for_good_and_an_account_for_now(the: Provider, code: str, for_good: bool) -> None:
    the.fake.refusals[ADDRESS] = code

    assert failed().permanent == for_good


def test_a_chinese_subject_and_sender_arrive_as_written(relay: FakeRelay) -> None:
    channels.send(LETTER)

    (letter,) = relay.received
    assert letter["Subject"] == SUBJECT
    assert letter["From"].addresses[0].display_name == "微心愿"
    assert (letter["To"], relay.readers) == (ADDRESS, [ADDRESS])
    assert letter["Auto-Submitted"] == "auto-generated"


def test_the_subject_travels_in_ascii_lines_of_bearable_length(relay: FakeRelay) -> None:
    raw = email_smtp._letter(LETTER, "noreply@example.org").as_bytes()

    head = raw.split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"Subject: =?utf-8?" in head
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_a_letter_is_text_and_page(relay: FakeRelay) -> None:
    channels.send(replace(LETTER, text="第一行 <b>\n第二行", url="https://wish.example.org/"))

    (letter,) = relay.received
    assert words(letter, "plain").splitlines() == ["第一行 <b>", "第二行", "", "https://wish.example.org/"]
    assert "<p>第一行 &lt;b&gt;</p><p>第二行</p>" in words(letter, "html")
    assert '<html lang="zh-CN">' in words(letter, "html")


def test_without_a_subject_the_texts_first_words_are_it() -> None:
    assert letters.subject(replace(LETTER, subject="", text="锅" * 100)) == "锅" * 59 + "…"


def test_every_try_of_a_message_has_the_same_id_and_no_other_has(relay: FakeRelay) -> None:
    first, again, other = (channels.send(replace(LETTER, token=token)) for token in ("n/1", "n/1", "n/2"))

    assert first == again != other
    assert [letter["Message-ID"] for letter in relay.received] == [first, again, other]
    assert parseaddr(first)[1].endswith("@example.org")


@pytest.mark.parametrize(
    ("line", "for_good", "wait"),
    [("550 5.1.1 no such user reader.canary@example.org", True, None), ("451 4.7.1 greylisted", False, 300)],
)
def test_a_refused_reader_is_refused_for_good_or_for_now(
    relay: FakeRelay, line: str, for_good: bool, wait: int | None
) -> None:
    relay.refusals[ADDRESS] = line

    error = failed()

    assert (error.permanent, error.retry_after, error.unsure) == (for_good, wait, False)
    assert relay.received == []


@pytest.mark.parametrize(("answer", "for_good"), [("554 5.7.1 spam", True), ("452 4.3.1 full", False)])
def test_a_refused_letter_is_refused_for_good_or_for_now(relay: FakeRelay, answer: str, for_good: bool) -> None:
    relay.answers.append(answer)

    error = failed()

    assert (error.permanent, error.unsure) == (for_good, False)


@pytest.mark.parametrize("answer", [SILENCE, HANG_UP])
@pytest.mark.parametrize("taken", [False, True])
def test_a_relay_that_fails_behind_the_letter_may_have_taken_it(relay: FakeRelay, answer: str, taken: bool) -> None:
    relay.answers.append(answer)
    relay.takes_first = taken

    assert failed().unsure
    assert len(relay.received) == taken


def test_a_relay_that_is_not_there_has_taken_nothing(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", "1")

    error = failed()

    assert not error.unsure
    assert not error.permanent


def test_an_address_cannot_bring_a_header_of_its_own(relay: FakeRelay) -> None:
    error = failed(replace(LETTER, to="a@example.org\r\nBcc: b@example.org"))

    assert error.permanent
    assert relay.received == []


def test_a_failure_names_nobody(relay: FakeRelay) -> None:
    import traceback

    relay.refusals[ADDRESS] = f"550 5.1.1 <{ADDRESS}> unknown: {TEXT.encode('ascii', 'ignore').decode()}"

    told = "".join(traceback.format_exception(failed()))

    assert not [canary for canary in CANARIES if canary in told]


@pytest.fixture
def strict_relay(real_senders: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeRelay]:
    """A relay that wants TLS and a password, under a certificate of a CA of this test's own."""
    files = certificate(tmp_path, "127.0.0.1")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    with FakeRelay(server, asks_who=True) as relay:
        _lead_to(relay, monkeypatch)
        monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
        signed_in = settings.Secrets({}, "", "", smtp=settings.SmtpLogin(USER, PASSWORD))
        monkeypatch.setattr(settings, "secrets", lambda: signed_in)
        yield relay


def test_a_relay_gets_the_password_inside_tls(strict_relay: FakeRelay) -> None:
    channels.send(LETTER)

    assert len(strict_relay.received) == 1


def test_a_relay_under_an_unknown_certificate_gets_neither_password_nor_letter(
    strict_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    error = failed()

    assert "SSLCertVerificationError" in error.reason
    assert strict_relay.received == []


def test_a_wrong_password_is_for_the_operator_to_mend(strict_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = settings.Secrets({}, "", "", smtp=settings.SmtpLogin(USER, "another"))
    monkeypatch.setattr(settings, "secrets", lambda: wrong)

    error = failed()

    assert error.reason == "smtp: SMTPAuthenticationError"
    assert not error.permanent


def test_a_relay_elsewhere_without_tls_gets_nothing(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_smtp, "_LOOPBACK", set())  # as if it were elsewhere

    error = failed()

    assert error.reason == "smtp: SMTPNotSupportedError"
    assert relay.received == []


def test_without_a_sender_no_letter_is_written(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_FROM", "")

    assert failed().reason == "email: no sender"


def test_credentials_of_the_relay_do_not_show() -> None:
    assert PASSWORD not in repr(settings.SmtpLogin(USER, PASSWORD)) + repr(CREDENTIALS)
