"""The workbook's sheets of wishes and claims: their columns, and the masked rows.

The masked edition goes to observers, so its rows are made here from an allow-list (product.md section 3). The
full edition's rows hold what staff may see; whoever opens the seals makes them, in the order of the columns.
"""

from typing import Final

from chalicelib.base.words import BASES, CLAIMANT_TYPES, KINDS, STATES, SUBJECTS
from chalicelib.reports.labels import NOT_PUBLIC
from chalicelib.reports.stuck import public_title
from chalicelib.reports.tables import Column, Row
from chalicelib.wishes.narrow import Narrow

WISHES_MASKED: Final = (
    Column("编号", "code", 28),
    Column("街镇", "text", 16),
    Column("主体", "text", 8),
    Column("心愿类别", "text", 10),
    Column("细分类别", "text", 12),
    Column("心愿标题", "text", 26),
    Column("状态", "text", 12),
    Column("提交时间", "moment", 18),
    Column("发布时间", "moment", 18),
    Column("认领人类型", "text", 14),
    Column("认领时间", "moment", 18),
    Column("送达时间", "moment", 18),
    Column("完成时间", "moment", 18),
)
WISHES_FULL: Final = (
    *WISHES_MASKED,
    Column("居村", "text", 16),
    Column("许愿人", "text", 14),
    Column("联系电话", "code", 16),
    Column("住址", "text", 36),
    Column("申报人", "text", 14),
    Column("与许愿人关系", "text", 14),
)
CLAIMS_MASKED: Final = (
    Column("编号", "code", 28),
    Column("街镇", "text", 16),
    Column("心愿标题", "text", 26),
    Column("状态", "text", 12),
    Column("认领人类型", "text", 14),
    Column("认定依据", "text", 12),
    Column("认领时间", "moment", 18),
    Column("送达时间", "moment", 18),
    Column("完成时间", "moment", 18),
)
CLAIMS_FULL: Final = (
    *CLAIMS_MASKED,
    Column("行业", "text", 18),
    Column("认领人", "text", 18),
    Column("认领人电话", "code", 16),
    Column("参与人数", "whole", 10),
    Column("感谢语", "text", 36),
)


def wish_row(line: Narrow, number: str, title: str) -> Row:
    """A row of WISHES_MASKED, or the beginning of one of WISHES_FULL; `title` as its reader may see it.

    `number` is the register's 编号, or the wish's id where it has none.
    """
    return (
        number,
        line.subdistrict,
        SUBJECTS.get(line.subject, line.subject),
        KINDS.get(line.kind, line.kind),
        line.category,
        title,
        STATES.get(line.state, line.state),
        line.declared_at,
        line.republished_at,
        CLAIMANT_TYPES.get(line.claimant_type, ""),
        line.claimed_at,
        line.delivered_at,
        line.fulfilled_at,
    )


def claim_row(line: Narrow, number: str, title: str) -> Row:
    """The same under CLAIMS_MASKED or CLAIMS_FULL, for the standing claim of `line`."""
    return (
        number,
        line.subdistrict,
        title,
        STATES.get(line.state, line.state),
        CLAIMANT_TYPES.get(line.claimant_type, ""),
        BASES.get(line.basis, ""),
        line.claimed_at,
        line.delivered_at,
        line.fulfilled_at,
    )


def masked_wish(line: Narrow, number: str) -> Row:
    """A row under WISHES_MASKED that shows only what observers may see."""
    return wish_row(line, number, public_title(line) or NOT_PUBLIC)


def masked_claim(line: Narrow, number: str) -> Row:
    """A row under CLAIMS_MASKED that shows only what observers may see: of the claimant, the type."""
    return claim_row(line, number, public_title(line) or NOT_PUBLIC)
