"""Every message as data: kind → (Chinese, English). Nothing here can name a person, a phone or an address."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "unclaimed": (
        "【微心愿】您负责的街镇有 {count} 个心愿尚无人认领，请关注：{titles}",
        "[MicroWish] {count} wishes in your subdistricts are still unclaimed: {titles}",
    ),
    "wish_returned": (
        "【微心愿】您申报的心愿“{title}”需要补充或修改：{reason}",
        "[MicroWish] The wish “{title}” you declared needs a change: {reason}",
    ),
    "wish_rejected": (
        "【微心愿】您申报的心愿“{title}”未能通过审核：{reason}",
        "[MicroWish] The wish “{title}” you declared was not accepted: {reason}",
    ),
    "wish_rejected_money": (
        "【微心愿】您申报的心愿“{title}”未能通过审核：{reason} 微心愿不接受现金、医疗费、债务和礼品卡；"
        "如有经济困难，请向居委会咨询临时救助、医疗救助或慈善帮扶。",
        "[MicroWish] The wish “{title}” you declared was not accepted: {reason} Wishes are never money, medical fees, "
        "debts or gift cards; ask your committee about temporary relief, medical aid or charity.",
    ),
    "wish_withdrawn": (
        "【微心愿】您认领的心愿“{title}”已不再需要，这次认领到此结束。谢谢您的爱心！",
        "[MicroWish] The wish “{title}” you claimed is no longer needed, and your claim ends here. Thank you!",
    ),
    "claim_revoked": (
        "【微心愿】您认领的心愿“{title}”已由联络员收回：{reason}",
        "[MicroWish] The liaison has taken back the wish “{title}” you claimed: {reason}",
    ),
    "claim_returned": (
        "【微心愿】您送出的心愿“{title}”未收到或不合适，请与联络员联系。",
        "[MicroWish] What you delivered for “{title}” did not arrive or does not suit; please talk to the liaison.",
    ),
    "wish_fulfilled": (
        "【微心愿】您认领的心愿“{title}”已确认实现。谢谢您！",
        "[MicroWish] The wish “{title}” you claimed has come true. Thank you!",
    ),
}


def say(kind: str, language: str, **values: object) -> str:
    """The message of a kind."""
    return TEXTS[kind][language == "en"].format(**values)
