"""SMS through SNS: what it is asked, and which refusals are for good."""

import pytest

from chalicelib.notices import channels
from chalicelib.notices.channels import RateLimited, SendingFailed
from tests.notices.providers import MESSAGE, PHONE, TEXT, Provider

PROVIDER = "sns"


def test_the_phone_gets_the_text_as_a_message_that_matters(the: Provider) -> None:
    channels.send(MESSAGE)

    (sms,) = the.fake.received
    assert (sms.phone, sms.text) == (f"+86{PHONE}", TEXT)
    assert sms.attributes == {"AWS.SNS.SMS.SMSType": "Transactional"}


def test_a_registered_sender_is_named(the: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_SENDER_ID", "MicroWish")

    channels.send(MESSAGE)

    assert the.fake.received[0].attributes["AWS.SNS.SMS.SenderID"] == "MicroWish"


@pytest.mark.parametrize("code", ["OptedOut", "InvalidParameter"])
def test_a_phone_that_will_never_take_it_is_not_tried_again(the: Provider, code: str) -> None:
    the.fake.refusals[f"+86{PHONE}"] = code

    with pytest.raises(SendingFailed, match=code) as caught:
        channels.send(MESSAGE)

    assert caught.value.permanent


def test_a_missing_right_is_tried_again_once_it_is_there(the: Provider) -> None:
    the.fake.refusals[f"+86{PHONE}"] = "AuthorizationError"

    with pytest.raises(SendingFailed) as caught:
        channels.send(MESSAGE)

    assert not caught.value.permanent
    assert not isinstance(caught.value, RateLimited)
