"""Every message as data: kind → (Chinese, English). Nothing here can name a person, a phone or an address."""

from functools import cache
from string import Formatter
from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "unclaimed": (
        "【微心愿】您负责的街镇有 {count} 个心愿尚无人认领，请关注：{titles}",
        "[MicroWish] {count} wishes in your subdistricts are still unclaimed: {titles}",
    ),
    "review_due": (
        "【微心愿】您负责的街镇有 {count} 个心愿等待审核或公布已超过两个工作日，请尽快处理。",
        "[MicroWish] {count} wishes in your subdistricts have waited for review or publication over two working days.",
    ),
    "review_late": (
        "【微心愿】有 {count} 个心愿等待审核或公布已超过四个工作日，请督促相关街镇。",
        "[MicroWish] {count} wishes have waited for review or publication over four working days; please follow up.",
    ),
    "wishes_waiting": (
        "【微心愿】您关注的街镇或类别有 {count} 个心愿等待认领：{titles}",
        "[MicroWish] {count} wishes you asked to hear of wait for somebody to claim them: {titles}",
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
    "privacy_overdue": (
        "【微心愿】有 {count} 件个人信息请求已过答复期限，请尽快处理。",
        "[MicroWish] {count} requests about personal data are past their due date; please answer them.",
    ),
    "privacy_answered": (
        "【微心愿】您提出的个人信息请求已有答复，请登录查看。",
        "[MicroWish] Your request about your data was answered; sign in to read it.",
    ),
    "claim_revoked": (
        "【微心愿】您认领的心愿“{title}”已由联络员收回：{reason}",
        "[MicroWish] The liaison has taken back the wish “{title}” you claimed: {reason}",
    ),
    "claim_returned": (
        "【微心愿】您送出的心愿“{title}”未收到或不合适，请与联络员联系。",
        "[MicroWish] What you delivered for “{title}” did not arrive or does not suit; please talk to the liaison.",
    ),
    "contact_due": (
        "【微心愿】您认领心愿“{title}”已过一天，请尽快联系并报告进度；有困难请找联络员。",
        "[MicroWish] You claimed the wish “{title}” a day ago: please get in touch and report it, or ask the liaison.",
    ),
    "contact_due_liaison": (
        "【微心愿】心愿“{title}”被认领已过一天，认领人还没有报告联系，请过问。",
        "[MicroWish] The wish “{title}” was claimed a day ago and no contact is reported yet; please follow up.",
    ),
    "claim_expiring": (
        "【微心愿】您认领的心愿“{title}”如无进展，将于 {until} 回到心愿墙。请报告进度，或申请延期一次。",
        "[MicroWish] Without progress, the wish “{title}” you claimed goes back to the wall on {until} (Beijing time). "
        "Report progress, or ask for the one extension.",
    ),
    "unconfirmed": (
        "【微心愿】心愿“{title}”三天前报告已送达。收到了请确认，没收到请告诉联络员。",
        "[MicroWish] The wish “{title}” was reported delivered three days ago. Please confirm, or tell the liaison.",
    ),
    "unconfirmed_liaison": (
        "【微心愿】心愿“{title}”报告送达已三天，还没有确认，请电话或上门确认。",
        "[MicroWish] The wish “{title}” was reported delivered three days ago; please call or visit to confirm.",
    ),
    "standby_turn": (
        "【微心愿】您候补的心愿“{title}”轮到您了，为您保留到 {until}，请登录认领；不需要了也请告知，好让给下一位。",
        "[MicroWish] It is your turn: the wish “{title}” is kept for you until {until} (Beijing time). Sign in to "
        "claim it, or decline, so that the next in line gets it.",
    ),
    "standby_over": (
        "【微心愿】您候补的心愿“{title}”已有着落或不再需要，候补到此结束。谢谢您的爱心！",
        "[MicroWish] The wish “{title}” you were waiting for needs nobody any more. Thank you!",
    ),
    "reservation_over": (
        "【微心愿】心愿“{title}”不再为您保留，已让给他人。谢谢您的爱心！",
        "[MicroWish] The wish “{title}” is no longer kept for you; others may claim it now. Thank you!",
    ),
    "offer_made": (
        "【微心愿】联络员邀请贵单位认领心愿“{title}”，保留到 {until}，请登录认领或婉拒。{message}",
        "[MicroWish] A liaison offers the wish “{title}” to your organisation until {until} (Beijing time): sign in to "
        "claim or decline it. {message}",
    ),
    "offer_declined": (
        "【微心愿】您邀请认领心愿“{title}”的单位婉拒了，心愿已重新开放。",
        "[MicroWish] The organisation you offered the wish “{title}” to has declined; the wish is open again.",
    ),
    "offer_lapsed": (
        "【微心愿】您邀请认领心愿“{title}”的单位到期没有答复，心愿已重新开放。",
        "[MicroWish] The organisation you offered the wish “{title}” to has not answered; the wish is open again.",
    ),
    "wish_fulfilled": (
        "【微心愿】您认领的心愿“{title}”已确认实现。谢谢您！",
        "[MicroWish] The wish “{title}” you claimed has come true. Thank you!",
    ),
    "claim_introduced": (
        "【微心愿】您认领的心愿“{title}”已开放联系方式，请登录查看并尽快联系。",
        "[MicroWish] The contact for “{title}”, which you claimed, is open to you now: sign in to see it.",
    ),
    "claim_expired": (
        "【微心愿】您认领的心愿“{title}”超过期限没有进展，已重新开放认领。感谢您的爱心，欢迎再次认领。",
        "[MicroWish] Your claim of “{title}” has run out without news; the wish is open again. Thank you all the same.",
    ),
    # the wisher's side: contact and declarer
    "own_wish_verified": (
        "【微心愿】心愿“{title}”已核实，即将公布。",
        "[MicroWish] Your wish “{title}” is verified and will be published soon.",
    ),
    "own_wish_published": (
        "【微心愿】心愿“{title}”已公布，等待爱心人士认领。",
        "[MicroWish] Your wish “{title}” is published and waits for somebody to claim it.",
    ),
    "own_wish_claimed": (
        "【微心愿】好消息！心愿“{title}”已有爱心人士认领，正在准备。",
        "[MicroWish] Good news: somebody has claimed your wish “{title}” and is preparing it.",
    ),
    "own_wish_delivered": (
        "【微心愿】心愿“{title}”已送达。收到后请确认；如未收到或不合适，请告诉联络员。",
        "[MicroWish] Your wish “{title}” was delivered. Please confirm it, or tell the liaison what is wrong.",
    ),
    "own_wish_fulfilled": (
        "【微心愿】心愿“{title}”已确认实现，祝您生活愉快！",
        "[MicroWish] Your wish “{title}” has come true. All the best!",
    ),
    "own_wish_withdrawn": (
        "【微心愿】心愿“{title}”已撤回：{reason}",
        "[MicroWish] Your wish “{title}” was withdrawn: {reason}",
    ),
    "own_wish_carried": (
        "【微心愿】心愿“{title}”已转入新一期活动，回执不变，无需重新申报。",
        "[MicroWish] Your wish “{title}” goes on in the next round; its receipt stays the same.",
    ),
    "own_wish_closed": (
        "【微心愿】本期活动已结束，心愿“{title}”尚未被认领，可转入下一期，请向居委会咨询。",
        "[MicroWish] The round ended before anybody claimed your wish “{title}”; ask your committee about the next.",
    ),
    # reminders from the desk
    "claim_reminder": (
        "【微心愿】提醒：您认领的心愿“{title}”还在等待，请尽快联系落实；如有困难，请告诉联络员。",
        "[MicroWish] A reminder: the wish “{title}” you claimed still waits. If it is difficult, tell the liaison.",
    ),
    "confirmation_reminder": (
        "【微心愿】提醒：心愿“{title}”已送达，收到后请确认；如未收到，请告诉居委会。",
        "[MicroWish] A reminder: “{title}” was delivered. Please confirm it; if nothing came, tell your committee.",
    ),
    "returned_reminder": (
        "【微心愿】提醒：您申报的心愿“{title}”需要补充或修改后重新提交。",
        "[MicroWish] A reminder: the wish “{title}” you declared needs a change before it can go on.",
    ),
    # accounts
    "application_granted": (
        "【微心愿】您提交的组织申请已通过，现在可以代表该组织认领心愿。",
        "[MicroWish] Your organisation's application was granted: you can claim wishes for it now.",
    ),
    "application_refused": (
        "【微心愿】您提交的组织申请未通过：{reason}",
        "[MicroWish] Your organisation's application was not granted: {reason}",
    ),
    # the subdistrict's liaisons
    "claim_made": (
        "【微心愿】您街镇的心愿“{title}”已被认领。",
        "[MicroWish] The wish “{title}” in your subdistrict has been claimed.",
    ),
    "claim_released": (
        "【微心愿】您街镇的心愿“{title}”被认领人放弃，已重新开放认领。",
        "[MicroWish] The claimant of “{title}” in your subdistrict has given it back; it is open again.",
    ),
    "claim_lapsed": (
        "【微心愿】您街镇的心愿“{title}”的认领超期没有进展，已重新开放认领。",
        "[MicroWish] The claim of “{title}” in your subdistrict has run out without news; it is open again.",
    ),
    "claim_delivered": (
        "【微心愿】您街镇的心愿“{title}”已送达，请回访确认。",
        "[MicroWish] “{title}” in your subdistrict was delivered; please confirm by a call or a visit.",
    ),
    "claim_disputed": (
        "【微心愿】您街镇的心愿“{title}”未收到或不合适，请联系双方。",
        "[MicroWish] “{title}” in your subdistrict did not arrive or does not suit; please talk to both sides.",
    ),
    "thanks_waiting": (
        "【微心愿】心愿“{title}”收到感谢留言，请审核。",
        "[MicroWish] There are words of thanks for “{title}” to be read and let out.",
    ),
    "thanks_received": (
        "【微心愿】您实现的心愿“{title}”收到一段感谢的话，请登录查看。",
        "[MicroWish] There are words of thanks for “{title}”, which you granted: sign in to read them.",
    ),
    # messages between people: the words themselves are read where they lie, but for the wisher's SMS
    "message_for_liaison": (
        "【微心愿】心愿“{title}”的认领人给您留言，请登录查看。",
        "[MicroWish] The claimant of “{title}” has written to you: sign in to read it.",
    ),
    "message_for_claimant": (
        "【微心愿】关于您认领的心愿“{title}”有新留言，请登录查看。",
        "[MicroWish] There is a message about “{title}”, which you claimed: sign in to read it.",
    ),
    "message_to_wisher": (
        "【微心愿】关于心愿“{title}”的留言：{text} 回复请联系居委会或街镇联络员。",
        "[MicroWish] A message about your wish “{title}”: {text} To answer, ask your committee or the liaison.",
    ),
}


@cache
def blanks(kind: str) -> frozenset[str]:
    """The values the sentences of a kind need."""
    return frozenset(name for text in TEXTS[kind] for _, name, _, _ in Formatter().parse(text) if name)


def say(kind: str, language: str, **values: object) -> str:
    """The message of a kind."""
    return TEXTS[kind][language == "en"].format(**values)
