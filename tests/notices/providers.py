"""The providers side by side: a fake each, the settings that lead to it, and a message it takes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.base import settings
from chalicelib.notices.channels import Message
from dev.fakes import aws, tencent, wechat, wecom
from dev.fakes.server import Fake, Fault

PHONE, TEXT_CANARY, CODE = "17000090044", "心愿文字哨兵", "246810"
ADDRESS, OPENID = "reader.canary@example.org", "openid-canary"
PLACE, ROBOT = "南码头路街道", "robot-key-canary"
TEXT = f"【微心愿】{TEXT_CANARY}：您认领的心愿快到期了"
SMS_TEMPLATES = (
    '{"sign_in_code": {"id": "1110", "fields": {"1": "code"}}, "*": {"id": "1111", "fields": {"1": "title"}}}'
)
WECHAT_TEMPLATES = '{"claim_expiring": {"id": "tpl-1", "fields": {"thing1": "title", "time2": "due"}}}'
CANARIES = (
    PHONE, TEXT_CANARY, CODE, ADDRESS, OPENID, ROBOT, tencent.SECRET_KEY, wechat.SECRET, "access-token-canary",
    "relay-password-canary",
)  # fmt: skip

CREDENTIALS = settings.Secrets(
    {"k1": "a" * 48},
    "k1",
    "b" * 48,
    tencent=settings.TencentKeys(tencent.SECRET_ID, tencent.SECRET_KEY),
    wechat_secret=wechat.SECRET,
    wecom_keys={PLACE: ROBOT},
)
MESSAGE = Message(
    to=PHONE,
    channel="sms",
    kind="claim_expiring",
    text=TEXT,
    values={"title": "一个电饭煲", "due": "2026-11-29 20:00"},
    token="notice/1",
)


@dataclass
class Provider:
    """One provider. `where` are the stage's settings, {url} for the fake's address; `throttled` its way to say 429."""

    name: str
    make: Callable[[], Fake[Any]]
    where: dict[str, str]
    message: Message
    throttled: Fault | None = None
    fake: Any = field(default=None)

    def settings(self) -> dict[str, str]:
        """The stage's settings, the fake's address in them."""
        return {name: value.replace("{url}", self.fake.url) for name, value in self.where.items()}


def providers() -> list[Provider]:
    """Every provider that is spoken to over HTTP."""
    return [
        Provider(
            "tencent",
            lambda: tencent.FakeTencent({"1110": 1, "1111": 1}),
            {"SMS_PROVIDER": "tencent", "TENCENT_SMS_URL": "{url}/", "SMS_APP_ID": "1400006666",
             "SMS_SIGN_NAME": "微心愿", "SMS_TEMPLATES": SMS_TEMPLATES},
            MESSAGE,
        ),
        Provider(
            "wechat",
            lambda: wechat.FakeWechat({"tpl-1": {"thing1", "time2"}}),
            {"WECHAT_URL": "{url}", "WECHAT_APP_ID": wechat.APP,
             "WECHAT_TEMPLATES": WECHAT_TEMPLATES},
            replace(MESSAGE, channel="wechat", to=OPENID),
        ),
        Provider(
            "wecom",
            lambda: wecom.FakeWecom({ROBOT}),
            {"WECOM_URL": "{url}"},
            replace(MESSAGE, channel="wecom", to=PLACE),
        ),
        Provider("sns", aws.FakeSns, {"AWS_ENDPOINT_URL_SNS": "{url}"}, MESSAGE, aws.THROTTLED),
        Provider(
            "ses",
            aws.FakeSes,
            {"AWS_ENDPOINT_URL_SESV2": "{url}", "EMAIL_FROM": "微心愿 <noreply@example.org>"},
            replace(MESSAGE, channel="email", to=ADDRESS, subject="您的心愿“电饭煲”有新进展"),
        ),
    ]  # fmt: skip
