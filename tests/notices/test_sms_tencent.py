"""SMS through Tencent Cloud: its signature, its templates, and which refusals are for good."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.base import settings
from chalicelib.notices import channels, sms_tencent
from chalicelib.notices.channels import RateLimited, SendingFailed
from tests.notices.providers import CODE, CREDENTIALS, MESSAGE, PHONE, Provider

PROVIDER = "tencent"


def test_the_signature_is_the_one_of_the_providers_published_example() -> None:
    keys = settings.TencentKeys("AKID" + "*" * 32, "*" * 32)
    content = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    at = datetime.fromtimestamp(1551113065, UTC)

    headers = sms_tencent.signed(keys, "cvm", "cvm.tencentcloudapi.com", "DescribeInstances", content, at)

    assert headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )


def test_a_code_goes_out_in_its_own_template(the: Provider) -> None:
    channels.send(replace(MESSAGE, kind="sign_in_code", code=CODE, values={}))

    (sms,) = the.fake.received
    assert (sms.phone, sms.template, sms.values) == (f"+86{PHONE}", "1110", [CODE])
    assert (sms.sign_name, sms.app) == ("微心愿", "1400006666")


def test_a_kind_without_a_template_of_its_own_takes_the_common_one(the: Provider) -> None:
    channels.send(MESSAGE)

    assert (the.fake.received[0].template, the.fake.received[0].values) == ("1111", ["一个电饭煲"])


def test_a_value_stays_on_one_line_and_within_sixty_characters(the: Provider) -> None:
    channels.send(replace(MESSAGE, values={"title": "一\n个" + "锅" * 80}))

    (value,) = the.fake.received[0].values
    assert value.startswith("一 个锅")
    assert (len(value), value[-1]) == (60, "…")


@pytest.mark.parametrize(
    "code",
    [
        "FailedOperation.PhoneNumberInBlacklist",
        "FailedOperation.ContainSensitiveWord",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "UnsupportedOperation.UnsuportedRegion",
    ],
)
def test_a_phone_that_will_never_take_it_is_not_tried_again(the: Provider, code: str) -> None:
    the.fake.refusals[f"+86{PHONE}"] = code

    with pytest.raises(SendingFailed, match=code) as caught:
        channels.send(MESSAGE)

    assert caught.value.permanent


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", 30),
        ("LimitExceeded.PhoneNumberOneHourLimit", 3600),
        ("LimitExceeded.PhoneNumberDailyLimit", 21600),
    ],
)
def test_a_limit_says_how_long_to_wait(the: Provider, code: str, seconds: int) -> None:
    the.fake.refusals[f"+86{PHONE}"] = code

    with pytest.raises(RateLimited) as caught:
        channels.send(MESSAGE)

    assert caught.value.retry_after == seconds


def test_an_internal_error_leaves_open_whether_it_went_out(the: Provider) -> None:
    the.fake.refusals[f"+86{PHONE}"] = "InternalError.Timeout"

    with pytest.raises(SendingFailed) as caught:
        channels.send(MESSAGE)

    assert caught.value.unsure


def test_a_wrong_key_is_refused_and_may_be_mended(the: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = settings.Secrets({}, "", "", tencent=settings.TencentKeys("AKIDtest", "another"))
    monkeypatch.setattr(settings, "secrets", lambda: wrong)

    with pytest.raises(SendingFailed, match=r"AuthFailure\.SignatureFailure") as caught:
        channels.send(MESSAGE)

    assert not caught.value.permanent
    assert the.fake.received == []


def test_without_a_template_nothing_can_be_sent(the: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_TEMPLATES", '{"another": {"id": "1"}}')

    with pytest.raises(SendingFailed) as caught:
        channels.send(MESSAGE)

    assert caught.value.permanent


@pytest.mark.parametrize("setting", ['{"*": {"id": 1}}', "not JSON", '{"*": {"id": "1", "fields": {"1": "nobody"}}}'])
def test_templates_that_are_set_up_wrongly_fail_without_a_word_of_the_message(
    the: Provider, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("SMS_TEMPLATES", setting)

    with pytest.raises(SendingFailed, match="sms_templates: "):
        channels.send(MESSAGE)


def test_secrets_do_not_show() -> None:
    assert repr(CREDENTIALS) == "Secrets(...)"
    assert repr(CREDENTIALS.tencent) == "TencentKeys(...)"
