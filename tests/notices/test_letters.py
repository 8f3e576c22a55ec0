"""Letters as they go out: written by an act, put on the channel by the worker, handed to a real relay or to SES."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import NamedTuple

import pytest

from chalicelib.accounts import keeping
from chalicelib.base import clock, settings, tables
from chalicelib.notices import actions, channels, email_smtp, letters, manners, subjects, templates
from dev.fakes.aws import FakeSes
from dev.fakes.relay import FakeRelay
from tests.notices.providers import ADDRESS, CREDENTIALS
from tests.people import Api

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TITLE = "一个电饭煲 <b>&"
BY_LETTER = sorted(kind for kind, manner in manners.MANNERS.items() if "email" in manner.channels)


class Letter(NamedTuple):
    """What arrived: to whom, its subject decoded, its two parts."""

    to: str
    subject: str
    text: str
    html: str


@pytest.fixture
def reader(fresh_api: Api) -> Api:
    """Somebody who reads letters and nothing else."""
    somebody = fresh_api.sign_in("17000090075")
    account = keeping.get(somebody.account)
    keeping.rename(account, email=ADDRESS)
    keeping.write(account)
    somebody.must("PATCH", "/v1/me", {"channels": {manners.OTHERS: ["email"]}})
    return somebody


@pytest.fixture(params=["smtp", "ses"])
def arrived(
    request: pytest.FixtureRequest, reader: Api, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], list[Letter]]]:
    """The stage sends letters through that provider; what it took."""
    monkeypatch.setattr(settings, "secrets", lambda: CREDENTIALS)
    for channel in channels.CHANNELS:
        monkeypatch.setitem(channels.SENDERS, channel, getattr(channels, f"_by_{channel}"))
    monkeypatch.setenv("EMAIL_PROVIDER", request.param)
    monkeypatch.setenv("EMAIL_FROM", "微心愿 <noreply@example.org>")
    monkeypatch.setenv("SITE_URL", "https://wish.example.org/")
    if request.param == "ses":
        from chalicelib.base import aws

        with FakeSes() as ses:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
            aws._clients.pop("sesv2", None)
            yield lambda: [Letter(each.to[0], each.subject, each.text, each.html) for each in ses.received]
            aws._clients.pop("sesv2", None)
        return
    with FakeRelay() as relay:
        monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("SMTP_PORT", str(relay.port))
        monkeypatch.setattr(email_smtp, "_SECONDS", 5.0)
        yield lambda: [_unpacked(letter) for letter in relay.received]


def _unpacked(letter: EmailMessage) -> Letter:
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    return Letter(str(letter["To"]), str(letter["Subject"]), str(text.get_content()), str(html.get_content()))


def told(reader: Api, kind: str, **values: object) -> None:
    with clock.pinned(NOON):
        tables.commit([actions.message(reader.account, kind, "s", values)])
        actions.deliver_due()


def test_a_letter_arrives_with_a_subject_of_its_own_and_its_words_as_text_and_as_page(
    reader: Api, arrived: Callable[[], list[Letter]]
) -> None:
    told(reader, "claim_revoked", title=TITLE, reason="情况有变\n请谅解")

    (letter,) = arrived()
    words = templates.say("claim_revoked", "zh-CN", title=TITLE, reason="情况有变\n请谅解")
    assert (letter.to, letter.subject) == (ADDRESS, f"您认领的“{TITLE}”已由联络员收回")
    assert letter.text.replace("\r\n", "\n").strip() == f"{words}\n\nhttps://wish.example.org/"
    assert "“一个电饭煲 &lt;b&gt;&amp;”" in letter.html
    assert '<a href="https://wish.example.org/">打开微心愿</a>' in letter.html
    assert '<html lang="zh-CN">' in letter.html


def test_a_digest_says_in_its_subject_how_many_it_is_about(reader: Api, arrived: Callable[[], list[Letter]]) -> None:
    told(reader, "wishes_waiting", count=12, titles="一把伞；一盏灯……")

    (letter,) = arrived()
    assert letter.subject == "微心愿：您关注的 12 个心愿等待认领"
    assert "一把伞；一盏灯……" in letter.text
    assert "一把伞；一盏灯……" in letter.html


def test_a_letter_is_in_its_readers_language(reader: Api, arrived: Callable[[], list[Letter]]) -> None:
    reader.must("PATCH", "/v1/me", {"language": "en"})

    told(reader, "claim_expiring", title="锅", until="2026-11-29 12:00")

    (letter,) = arrived()
    assert letter.subject == "Your claim of “锅” is about to run out"
    assert letter.text.startswith("[MicroWish] Without progress")
    assert "Open MicroWish" in letter.html


def test_without_an_address_of_the_site_there_is_no_link(
    reader: Api, arrived: Callable[[], list[Letter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SITE_URL")

    told(reader, "wish_fulfilled", title="锅")

    (letter,) = arrived()
    assert "http" not in letter.text + letter.html


@pytest.mark.parametrize("kind", BY_LETTER)
def test_every_kind_that_goes_out_as_a_letter_has_a_subject_that_fits_one_line(kind: str) -> None:
    values = {"title": "一" * 20, "count": 100}

    for language in ("zh-CN", "en"):
        subject = subjects.subject(kind, language, **values)
        message = channels.Message("", "email", kind, "text", subject=subject)
        assert letters.subject(message) == subject != ""


def test_subjects_are_for_letters_and_need_nothing_their_words_do_not() -> None:
    assert sorted(subjects.SUBJECTS) == BY_LETTER
    for kind, pair in subjects.SUBJECTS.items():
        held = dict.fromkeys(templates.blanks(kind), "x")
        assert all(text.format(**held) for text in pair)
