"""What a tracked wish is said to be, in plain words: where it stands, what is expected now, whom to ask. Pure.

For whoever holds the receipt (product.md section 1), so no more than the public fields and the day of an agreed visit;
why a wish was returned or rejected is told to its declarer and not here.
"""

from typing import Final, NamedTuple

from chalicelib.base import clock

Sentence = tuple[str, str]  # in Chinese, in English

STATES: Final[dict[str, Sentence]] = {
    "submitted": ("已收到，等待审核。", "Received; it will be reviewed."),
    "returned": ("需要补充或修改后才能继续。", "Something needs to be added or changed before it can go on."),
    "verified": ("已核实，即将公布。", "Verified; it will be published soon."),
    "published": ("已公布，等待爱心人士认领。", "Published; waiting for somebody to claim it."),
    "claimed": ("已有人认领，正在准备。", "Somebody has claimed it and is preparing it."),
    "delivered": ("已送达，等待确认收到。", "Delivered; waiting to be confirmed."),
    "fulfilled": ("心愿已实现。", "The wish has come true."),
    "rejected": ("未能通过审核。", "Not accepted."),
    "withdrawn": ("已撤回。", "Withdrawn."),
    "closed": (
        "本期已结束，心愿未被认领；可转入下一期。",
        "The round ended before anybody claimed it; it can go into the next one.",
    ),
}
STAGES: Final[dict[str, Sentence]] = {
    "contacted": ("已有人认领，并已取得联系。", "Somebody has claimed it and has made contact."),
    "prepared": ("已有人认领，并已准备好。", "Somebody has claimed it and has everything ready."),
    "on_the_way": ("正在送来的路上。", "It is on its way."),
}
"""What is said of a claimed wish instead, once its claimant has reported that far."""
VISIT: Final[Sentence] = ("约定时间：{when}。", "Agreed for {when}.")
NOT_SHOWN: Final[Sentence] = ("目前暂不公开展示。", "It is not shown in public at the moment.")
EXPECTED: Final[dict[str, Sentence]] = {
    "returned": (
        "请联系居委会，补充或修改后重新提交。",
        "Please ask your committee what to change, and hand it in again.",
    ),
    "delivered": (
        "请确认：扫描确认单，或把确认码读给居委会或联络员。没收到或不合适，也请告诉他们。",
        "Please confirm: scan the slip, or read its code to the committee or the liaison. Tell them if nothing came.",
    ),
}
"""What the wisher's side is asked for now."""
ASK: Final[Sentence] = (
    "如有疑问，请联系居委会或{subdistrict}联络员。",
    "If in doubt, ask your committee or the liaison of {subdistrict}.",
)
ASK_WHERE_ELSE: Final[Sentence] = (
    "{subdistrict}联络员或居委会可以说明原因，并介绍其他救助途径。",
    "The liaison of {subdistrict} or your committee can tell you why and where else to turn.",
)


class Saying(NamedTuple):
    """Where the wish stands, what is expected of the wisher's side (None: nothing), and whom to ask."""

    says: str
    expected: str | None
    ask: str


def say(
    state: str, subdistrict: str, language: str, *, stage: str | None, visit_at: str | None, hidden: bool
) -> Saying:
    """The sentences for a wish; `stage` and `visit_at` (a stamp) of the claim that stands, if one does."""
    english = language == "en"
    sentences = [STAGES[stage] if state == "claimed" and stage else STATES[state]]
    sentences += [VISIT] if state == "claimed" and visit_at else []
    sentences += [NOT_SHOWN] if hidden else []
    says = (" " if english else "").join(each[english] for each in sentences)
    ask = ASK_WHERE_ELSE if state == "rejected" else ASK
    return Saying(
        says.format(when=_local(visit_at)) if visit_at else says,
        EXPECTED[state][english] if state in EXPECTED else None,
        ask[english].format(subdistrict=subdistrict),
    )


def _local(stamp: str) -> str:
    return clock.moment(stamp).astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
