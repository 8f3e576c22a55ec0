"""What a tracked wish is said to be, in plain words: where it stands, and whom to ask (product.md, receipt)."""

from typing import Final

SAYINGS: Final[dict[str, tuple[str, str]]] = {
    "submitted": (
        "已收到，等待{subdistrict}联络员审核。如有疑问请联系居委会。",
        "Received; the liaison of {subdistrict} will review it. Ask your committee if in doubt.",
    ),
    "returned": (
        "需要补充或修改，请联系居委会或{subdistrict}联络员。",
        "Something needs to be added or changed; ask your committee or the liaison of {subdistrict}.",
    ),
    "verified": ("已核实，即将公布。", "Verified; it will be published soon."),
    "published": ("已公布，等待爱心人士认领。", "Published; waiting for somebody to claim it."),
    "claimed": ("已有人认领，正在准备。", "Somebody has claimed it and is preparing it."),
    "delivered": ("已送达，等待确认收到。", "Delivered; waiting to be confirmed."),
    "fulfilled": ("心愿已实现。", "The wish has come true."),
    "rejected": (
        "未能通过审核，{subdistrict}联络员可以说明原因，并介绍其他救助途径。",
        "Not accepted; the liaison of {subdistrict} can tell you why and where else to turn.",
    ),
    "withdrawn": ("已撤回。", "Withdrawn."),
    "closed": (
        "本期已结束，心愿未被认领；可转入下一期，请联系居委会。",
        "The round ended before anybody claimed it; it can go into the next one. Ask your committee.",
    ),
}


def say(state: str, subdistrict: str, language: str) -> str:
    """The sentence for a wish in `state`."""
    return SAYINGS[state][language == "en"].format(subdistrict=subdistrict)
