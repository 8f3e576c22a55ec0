"""Ways to reach somebody past the platform (WeChat, QQ, e-mail, links), and words that ask for payment."""

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.wishes.scan_folding import Folded, Hit

_WECHAT: Final = re.compile(
    r"(?P<key>(?:微[\s.\-_]{0,2}信|威信|薇信|加\s?[微薇威]|(?<![a-z0-9])(?:加|\+)\s?v[x信]?|v信"
    r"|(?<![a-z0-9])(?:vx|wx|wechat|weixin)(?!id_)|(?<![a-z0-9])v(?=\s?[:=])))"
    r"(?P<between>(?:[^\w]|号码?|id(?![a-z0-9_])|is(?![a-z0-9_])|是|为|加|我|的|叫|搜索?|账|同|请|也|联系){0,10})"
    r"(?P<id>[a-z_][-_a-z0-9]{5,19}|[1-9][0-9]{4,11})(?![-_a-z0-9])"
)
_WECHAT_OWN_ID: Final = re.compile(r"(?<![a-z0-9_])wxid_[a-z0-9]{4,30}")
# Before a thing made of letters alone, one of these must say that it is an id: "WeChat video" is none.
_SAYS_ID: Final = re.compile("[:=号是为加叫搜]|id|is")
_OTHER_WORDS: Final = (
    "wechat weixin iphone android huawei xiaomi facebook alipay taobao douyin tiktok please thanks friend "
    "friends family account number video videos"
)
_NO_ID: Final = frozenset(_OTHER_WORDS.split())
_QQ: Final = re.compile(
    r"(?:(?<![a-z0-9])qq|扣扣|企鹅|(?<![a-z0-9])q(?=[群号:]))[^0-9a-z@\n]{0,6}"
    r"([1-9](?:[\s\-.]{0,2}[0-9]){4,11})(?![0-9@])"
)
_EMAIL: Final = re.compile(
    r"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]+\s{0,2}(?:@|\(at\)|\[at\]|艾特)\s{0,2}"
    r"[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,4}"
)
_LINK: Final = r"[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_URL: Final = re.compile(
    rf"(?:https?|ftp)\s?:\s?//{_LINK}{{1,500}}|(?<![a-z0-9@.\-])www\.{_LINK}{{1,500}}"
    r"|(?<![a-z0-9@.\-])(?:[a-z0-9\-]+\.)+"
    r"(?:com|cn|net|org|gov|edu|top|xyz|cc|shop|vip|me|link|info|io|club|ltd|site|app|tech|live)(?![a-z0-9\-])"
    rf"(?:/{_LINK}{{0,500}})?"
)

# Longest first: of 扫码付款 the whole is told, not 扫码付.
_PAYMENT_WORDS: Final = (
    "银行账号", "银行帐号", "银行账户", "开户银行", "扫码付款", "扫码支付", "扫码转", "扫码付", "收钱码",
    "付款码", "支付宝", "银行卡", "开户行", "水滴筹", "轻松筹", "赞助费", "转账", "转帐", "转款", "转钱",
    "汇款", "汇钱", "打钱", "打款", "收款", "红包", "现金", "捐款", "捐钱", "募捐", "募款", "筹款", "众筹",
    "打赏", "借钱", "借款",
)  # fmt: skip
_PAYMENT_PHRASES: Final = (
    "bank transfer", "wire transfer", "transfer money", "send money", "donate money", "donation", "donations",
    "bank account", "alipay", "paypal", "wechat pay", "red envelope", "payment code", "cash",
)  # fmt: skip
# 转-账 is still 转账; across a comma or a full stop (好转，账上) it is two words.
_SPLIT: Final = r"[\s\-_.·*/|~+]{0,2}"
_PAYMENT: Final = re.compile(
    "|".join(_SPLIT.join(word) for word in _PAYMENT_WORDS)
    + r"|(?<![a-z])(?:"
    + "|".join(phrase.replace(" ", r"\s{1,3}") for phrase in _PAYMENT_PHRASES)
    + ")(?![a-z])"
)


# A code to scan leads past the platform as a link does.
_CODE_TO_SCAN: Final = re.compile("二维码|扫一扫|群二维|收款图")


def find_contacts(folded: Folded) -> Iterator[Hit]:
    """Every WeChat id, QQ number, e-mail address, link and word asking for payment.

    Of WeChat and QQ the id alone is the hit: the word beside it may stand in a story.
    """
    plain = folded.plain
    for match in _WECHAT.finditer(plain):
        if _is_wechat_id(match):
            yield Hit("wechat", *match.span("id"))
    yield from (Hit("wechat", *match.span()) for match in _WECHAT_OWN_ID.finditer(plain))
    yield from (Hit("qq", *match.span(1)) for match in _QQ.finditer(folded.numerals))
    yield from (Hit("email", *match.span()) for match in _EMAIL.finditer(plain))
    yield from (Hit("url", *match.span()) for match in _URL.finditer(plain))
    yield from (Hit("url", *match.span()) for match in _CODE_TO_SCAN.finditer(plain))
    yield from (Hit("payment", *match.span()) for match in _PAYMENT.finditer(plain))


def _is_wechat_id(match: re.Match[str]) -> bool:
    key, between, id_ = match.group("key", "between", "id")
    if not id_.isalpha():
        return True
    said = _SAYS_ID.search(between) or (not between and not key.isascii()) or key[0] in "加+"
    return bool(said) and id_ not in _NO_ID
