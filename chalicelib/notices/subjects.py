"""What a letter is about, before it is opened: kind → (Chinese, English), for every kind that goes out by e-mail.

Data, as the words are (templates.py), and filled with the same values. No subject says more than the title.
"""

from typing import Final

SUBJECTS: Final[dict[str, tuple[str, str]]] = {
    # digests
    "unclaimed": ("微心愿：有 {count} 个心愿尚无人认领", "MicroWish: {count} wishes are still unclaimed"),
    "review_due": ("微心愿：有 {count} 个心愿等待审核或公布", "MicroWish: {count} wishes wait for review"),
    "review_late": ("微心愿：有 {count} 个心愿审核已超过四个工作日", "MicroWish: {count} reviews are overdue"),
    "wishes_waiting": ("微心愿：您关注的 {count} 个心愿等待认领", "MicroWish: {count} wishes wait for somebody"),
    # the claimant's side
    "claim_introduced": ("您认领的“{title}”已开放联系方式", "The contact for “{title}” is open to you"),
    "claim_revoked": ("您认领的“{title}”已由联络员收回", "“{title}” was taken back by the liaison"),
    "claim_returned": ("您送出的“{title}”未收到或不合适", "“{title}” did not arrive or does not suit"),
    "claim_expiring": ("您认领的“{title}”即将到期", "Your claim of “{title}” is about to run out"),
    "claim_expired": ("您认领的“{title}”已到期，重新开放", "Your claim of “{title}” has run out"),
    "claim_reminder": ("提醒：您认领的“{title}”还在等待", "A reminder: “{title}” still waits"),
    "contact_due": ("请尽快联系：您认领的“{title}”", "Please get in touch about “{title}”"),
    "wish_withdrawn": ("您认领的“{title}”已不再需要", "“{title}” is no longer needed"),
    "wish_fulfilled": ("您认领的“{title}”已确认实现，谢谢您", "“{title}” has come true: thank you"),
    "standby_turn": ("您候补的“{title}”轮到您了", "It is your turn: “{title}”"),
    "standby_over": ("您候补的“{title}”已有着落", "“{title}” needs nobody any more"),
    "reservation_over": ("“{title}”不再为您保留", "“{title}” is no longer kept for you"),
    "offer_made": ("联络员邀请贵单位认领“{title}”", "“{title}” is offered to your organisation"),
    "message_for_claimant": ("关于您认领的“{title}”有新留言", "A message about “{title}”"),
    "thanks_received": ("您实现的“{title}”收到感谢", "Words of thanks for “{title}”"),
    # the wisher's side
    "wish_returned": ("您申报的“{title}”需要补充或修改", "“{title}” needs a change"),
    "wish_rejected": ("您申报的“{title}”未能通过审核", "“{title}” was not accepted"),
    "wish_rejected_money": ("您申报的“{title}”未能通过审核", "“{title}” was not accepted"),
    "returned_reminder": ("提醒：您申报的“{title}”需要修改后重新提交", "A reminder: “{title}” needs a change"),
    "own_wish_published": ("心愿“{title}”已公布", "“{title}” is published"),
    "own_wish_claimed": ("心愿“{title}”已有人认领", "Somebody has claimed “{title}”"),
    "own_wish_delivered": ("心愿“{title}”已送达，请确认", "“{title}” was delivered: please confirm"),
    "own_wish_fulfilled": ("心愿“{title}”已确认实现", "“{title}” has come true"),
    "own_wish_withdrawn": ("心愿“{title}”已撤回", "“{title}” was withdrawn"),
    "own_wish_closed": ("本期活动已结束：心愿“{title}”尚未被认领", "The round ended before “{title}” was claimed"),
    "own_wish_carried": ("心愿“{title}”已转入新一期活动", "“{title}” goes on in the next round"),
    "unconfirmed": ("心愿“{title}”收到了吗？请确认", "Did “{title}” arrive? Please confirm"),
    "confirmation_reminder": ("提醒：请确认心愿“{title}”已收到", "A reminder: please confirm “{title}”"),
    # the staff's
    "message_for_liaison": ("心愿“{title}”的认领人给您留言", "The claimant of “{title}” has written to you"),
    "contact_due_liaison": ("请过问：“{title}”被认领一天，尚无联系", "No contact yet about “{title}”"),
    "unconfirmed_liaison": ("请回访：“{title}”送达三天，尚未确认", "“{title}” is still unconfirmed"),
    "offer_declined": ("“{title}”：受邀单位婉拒，已重新开放", "The offer of “{title}” was declined"),
    "offer_lapsed": ("“{title}”：受邀单位到期未答复，已重新开放", "The offer of “{title}” has lapsed"),
    # anybody's
    "application_granted": ("您提交的组织申请已通过", "Your organisation's application was granted"),
    "application_refused": ("您提交的组织申请未通过", "Your organisation's application was not granted"),
}


def subject(kind: str, language: str, **values: object) -> str:
    """The subject of a letter of a kind; "" for one that never goes out as a letter."""
    found = SUBJECTS.get(kind)
    return found[language == "en"].format(**values) if found else ""
