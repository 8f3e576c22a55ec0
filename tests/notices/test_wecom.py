"""The group robots of WeCom: one webhook per subdistrict, twenty messages a minute, texts of 2,048 bytes."""

from dataclasses import replace

import pytest

from chalicelib.base import settings
from chalicelib.notices import channels
from chalicelib.notices.channels import RateLimited, SendingFailed
from tests.notices.providers import MESSAGE, PLACE, ROBOT, TEXT, Provider

PROVIDER = "wecom"
TO_GROUP = replace(MESSAGE, channel="wecom", to=PLACE)


def test_a_subdistricts_group_gets_the_text_and_the_page(the: Provider) -> None:
    channels.send(replace(TO_GROUP, url="https://wish.example.org/desk"))

    (message,) = the.fake.received
    assert (message.key, message.text) == (ROBOT, f"{TEXT}\nhttps://wish.example.org/desk")


def test_the_twenty_first_message_of_a_minute_waits_for_the_next(the: Provider) -> None:
    for _ in range(20):
        channels.send(TO_GROUP)

    with pytest.raises(RateLimited) as caught:
        channels.send(TO_GROUP)
    the.fake.let_a_minute_pass()
    channels.send(TO_GROUP)

    assert caught.value.retry_after == 60
    assert len(the.fake.received) == 21


@pytest.mark.parametrize("text", ["锅" * 900, "a" * 2049, "a锅" * 600])
def test_a_long_text_is_cut_between_characters(the: Provider, text: str) -> None:
    channels.send(replace(TO_GROUP, text=text))

    got = the.fake.received[0].text
    assert 2040 <= len(got.encode()) <= 2048
    assert text.startswith(got[:-1])
    assert got[-1] == "…"


def test_a_text_that_just_fits_is_left_whole(the: Provider) -> None:
    channels.send(replace(TO_GROUP, text="a" * 2048))

    assert the.fake.received[0].text == "a" * 2048


def test_a_webhook_that_is_gone_fails_and_works_again_once_its_key_is_mended(
    the: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(settings, "secrets", lambda: settings.Secrets({}, "", "", wecom_keys={PLACE: "gone & away"}))
        with pytest.raises(SendingFailed, match="93000") as caught:
            channels.send(TO_GROUP)

    channels.send(TO_GROUP)

    assert not caught.value.permanent
    assert len(the.fake.received) == 1
