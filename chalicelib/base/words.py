"""The words of the trade (product.md section 1): the closed lists that the API, the tables and the pages share.

Keys are what the API speaks and the tables store; the Chinese names are what registers, workbooks and
people use. The lists a district may change (subdistricts, categories) are read from the settings.
"""

from typing import Final, Literal

Kind = Literal["material", "spiritual"]
Subject = Literal["individual", "team"]
WishState = Literal[
    "submitted",
    "verified",
    "published",
    "claimed",
    "delivered",
    "fulfilled",
    "returned",
    "rejected",
    "withdrawn",
    "closed",
]
ClaimState = Literal["live", "delivered", "fulfilled", "released", "revoked", "expired"]
ClaimantType = Literal["party_member", "party_organisation", "company", "social_organisation", "citizen"]
Basis = Literal["declared", "roster", "checkin"]
Role = Literal["committee_worker", "liaison", "observer", "administrator"]
Stage = Literal["contacted", "prepared", "on_the_way"]

KINDS: Final[dict[str, str]] = {"material": "物质", "spiritual": "精神"}
SUBJECTS: Final[dict[str, str]] = {"individual": "个人", "team": "团队"}
CLAIMANT_TYPES: Final[dict[str, str]] = {
    "party_member": "党员",
    "party_organisation": "党组织",
    "company": "企业",
    "social_organisation": "社会组织",
    "citizen": "爱心人士",
}
BASES: Final[dict[str, str]] = {"declared": "自报", "roster": "名册", "checkin": "报到"}
STATES: Final[dict[str, str]] = {
    "submitted": "待审核",
    "verified": "已核实",
    "published": "待认领",
    "claimed": "已认领",
    "delivered": "已送达",
    "fulfilled": "已实现",
    "returned": "已退回",
    "rejected": "未通过",
    "withdrawn": "已撤回",
    "closed": "本期未认领",
}
ACTS: Final[dict[str, str]] = {
    "declare": "申报", "edit": "修改", "verify": "核实", "return": "退回", "reject": "不予通过", "publish": "发布",
    "hide": "隐藏", "show": "恢复公开", "offer": "推荐", "claim": "认领", "introduce": "介绍双方",
    "progress": "报告进度", "extend": "延期", "release": "放弃认领", "revoke": "收回认领",
    "expire": "认领到期", "deliver": "送达", "not_received": "未收到", "confirm": "确认实现",
    "withdraw": "撤回", "close": "结束", "carry": "转入下一期",
}  # fmt: skip
"""The acts of a history by the names people know them by."""
STAGES: Final[tuple[Stage, ...]] = ("contacted", "prepared", "on_the_way")
ORGANISATIONS: Final[frozenset[str]] = frozenset({"party_organisation", "company", "social_organisation"})
PUBLIC_STATES: Final[tuple[WishState, ...]] = ("published", "claimed", "delivered", "fulfilled")
"""The states whose wishes anyone may see (product.md section 6), unless hidden."""

SUBDISTRICTS: Final[tuple[str, ...]] = (
    "潍坊新村街道", "陆家嘴街道", "周家渡街道", "塘桥街道", "上钢新村街道", "南码头路街道",
    "沪东新村街道", "金杨新村街道", "洋泾街道", "浦兴路街道", "东明路街道", "花木街道",
    "川沙新镇", "高桥镇", "北蔡镇", "合庆镇", "唐镇", "曹路镇", "金桥镇", "高行镇", "高东镇", "张江镇",
    "三林镇", "惠南镇", "周浦镇", "新场镇", "大团镇", "康桥镇", "航头镇", "祝桥镇", "泥城镇", "宣桥镇",
    "书院镇", "万祥镇", "老港镇", "南汇新城镇",
)  # fmt: skip
"""Pudong New Area's 36 subdistricts and towns, the default list."""

CATEGORIES: Final[tuple[str, ...]] = (
    "康复护理", "文化娱乐", "学习用品", "生活电器", "出行辅具", "衣物被褥", "陪伴", "学习辅导", "文化活动",
)  # fmt: skip
"""The registers' nine categories, the default list."""
