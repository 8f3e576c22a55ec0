"""What the keys of a summary are called in Chinese, in every edition that people read."""

from typing import Final

from chalicelib.base.words import KINDS, SUBJECTS

REASON_NAMES: Final[dict[str, str]] = {
    "waiting_for_review": "提交超过2天未审核",
    "returned_not_resubmitted": "退回后超过7天未重新提交",
    "verified_not_published": "已核实但超过7天未发布",
    "hidden": "暂停展示超过7天",
    "unclaimed": "发布后超过7天无人认领",
    "no_delivery": "认领后超过7天未送达",
    "unconfirmed": "送达后超过3天未确认",
    "never_published": "本期结束时未发布",
    "never_claimed": "本期结束时无人认领",
}
"""The reasons of `stuck.REASONS`."""

FIGURE_NAMES: Final[dict[str, str]] = {
    "collected": "征集心愿",
    **SUBJECTS,
    **KINDS,
    "published": "已发布",
    "claimed": "已认领",
    "fulfilled": "已实现",
    "claim_rate": "认领率",
    "fulfilment_rate": "实现率",
    "minutes_to_claim_fastest": "最快认领（分钟）",
    "minutes_to_claim_median": "认领用时中位数（分钟）",
    "hours_to_fulfil_fastest": "最快实现（小时）",
    "hours_to_fulfil_median": "实现用时中位数（小时）",
}
"""The figures that are compared from round to round."""

TOTAL_NAMES: Final[dict[str, str]] = {
    "wishes": "全部心愿",
    "collected": "征集心愿",
    "published": "已发布",
    "claimed": "已认领",
    "fulfilled": "已实现",
    "stuck": "滞留心愿",
    "distinct_ids": "不同编号",
    "by_state": "按状态",
    "by_subject": "按主体",
    "by_kind": "按心愿类别",
    "by_subdistrict": "按街镇",
    "by_category": "按细分类别",
    "by_claimant_type": "按认领人类型",
    "claimant_bases": "按认领人类型与认定依据",
    "sectors": "按行业",
    "sectors_by_subdistrict": "按行业与街镇",
    "claims_per_day": "按日",
    "stuck_by_reason": "按滞留原因",
    "kinds": "心愿类别表",
    "subjects": "主体表",
    "subdistricts": "街镇表",
    "categories": "细分类别表",
}
"""The totals and parts that `reconcile` holds against each other."""

UNSTATED_NAME: Final = "未注明"
NOT_PUBLIC: Final = "（未公开）"
"""Stands where a wish's title is not shown."""
