"""The one interface: who sends what, and what it costs a function that sends nothing."""

import subprocess
import sys

import pytest

from chalicelib.base.problems import Unavailable
from chalicelib.notices import channels
from chalicelib.notices.channels import Message, RateLimited, SendingFailed
from tests.notices.providers import CANARIES, CODE, MESSAGE, PHONE, TEXT

LAZY = (
    "smtplib",
    "email.policy",
    "chalicelib.base.outgoing",
    *(
        f"chalicelib.notices.{name}"
        for name in ("amazon", "approved", "asking", "email_ses", "email_smtp", "letters", "sms_sns", "sms_tencent",
                     "wechat_template", "wechat_token", "wecom_robot")
    ),
)  # fmt: skip


def test_the_channels_bring_no_client_along_before_the_first_message() -> None:
    program = f"import sys, app; print([name for name in {LAZY!r} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_a_message_shows_neither_reader_nor_words_nor_code() -> None:
    shown = repr(Message(PHONE, "sms", "sign_in_code", f"{TEXT} {CODE}", CODE, values={"title": TEXT}))

    assert not [canary for canary in CANARIES if canary in shown]
    assert "sign_in_code" in shown


def test_a_channel_that_gives_no_id_gives_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channels.SENDERS, "sms", lambda message: None)

    assert channels.send(MESSAGE) == ""


def test_every_channel_has_its_sender() -> None:
    assert set(channels.SENDERS) == set(channels.CHANNELS)


def test_our_own_table_being_out_of_reach_is_a_failure_before_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(message: Message) -> None:
        raise Unavailable("dynamodb: Throttled")

    monkeypatch.setitem(channels.SENDERS, "sms", unreachable)

    with pytest.raises(SendingFailed, match="sms: Unavailable") as caught:
        channels.send(MESSAGE)

    assert not caught.value.unsure


def test_a_limit_is_a_failure_that_knows_its_end() -> None:
    error = RateLimited("x", 30)

    assert isinstance(error, SendingFailed)
    assert (error.retry_after, error.permanent, error.unsure) == (30, False, False)
