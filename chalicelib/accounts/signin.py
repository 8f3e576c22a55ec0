"""Signing in by phone: a code by SMS, then tokens. Nothing here tells a known phone from an unknown one."""

from chalicelib.accounts import actions, codes, counting, rules, wechat_signin
from chalicelib.base import logs, phones, sealing, settings
from chalicelib.base.problems import FieldFault, TooManyRequests, Unauthorized, Unavailable, Unprocessable
from chalicelib.notices import channels


def mobile(text: str) -> str:
    """The mobile number in its one spelling. Raises Unprocessable: only a mobile can be sent a code."""
    number = phones.normalise(text)
    if number is None or not phones.is_mobile(number):
        raise Unprocessable("invalid_fields", errors=[FieldFault("phone", "field_mobile")])
    return number


def send_code(phone: str, address: str) -> None:
    """Send a sign-in code to the phone. Known and unknown phones get the same answer and the same SMS.

    Raises TooManyRequests; Unavailable while the provider takes nothing from anybody. A number the provider will never
    reach is answered like any other.
    """
    number = mobile(phone)
    blinded = sealing.blind("phone", number)
    counting.within_for("codes-from", address, rules.CODES_PER_ADDRESS)
    if not settings.is_local_run():
        counting.within(f"codes#{blinded}", rules.CODES_PER_PHONE)
    code = codes.issue(blinded)
    try:
        channels.send(channels.Message(to=number, channel="sms", kind="sign_in_code", text=_sms(code), code=code))
    except channels.RateLimited as limited:
        raise TooManyRequests(headers={"Retry-After": str(limited.retry_after)}) from limited
    except channels.SendingFailed as error:
        if error.permanent:
            logs.warning("sign_in_code_not_sent", reason=error.reason)
            return
        if not settings.is_local_run():
            counting.give_back(f"codes#{blinded}", rules.CODES_PER_PHONE)  # the outage is not the phone's doing
        raise Unavailable(f"sms: {error}") from error


def redeem(phone: str, code: str, link: str | None = None) -> str:
    """The account of the phone, made now if there is none, for the code it was sent; a code works once.

    With a link token the account is linked to that WeChat user, too. Raises Unauthorized `wrong_code` or `bad_link`,
    TooManyRequests `too_many_tries` once five wrong ones were tried; see `wechat_signin.link`.
    """
    number = mobile(phone)
    openid = wechat_signin.linkable(link) if link else ""
    if not codes.spend(sealing.blind("phone", number), code):
        raise Unauthorized("wrong_code")
    account = actions.find_or_make(number)
    if openid:  # only now: whether the phone's account has a WeChat user is for its holder to know
        wechat_signin.link(account, openid)
    return account


def _sms(code: str) -> str:
    return f"【微心愿】验证码 {code}，5 分钟内有效。请勿告诉他人。MicroWish code {code}, valid for 5 minutes."
