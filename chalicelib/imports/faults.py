"""What can be wrong with a register, and the sentence for it in both languages.

A `Fault` is wrong with one cell and is collected; `Unreadable` is wrong with the whole file and is raised.
No sentence repeats what a cell says: registers are full of names and phones, and error texts get logged.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypedDict


class Fault(NamedTuple):
    """One wrong cell: the row a person sees in Excel (header = 1), the column's header, a stable code, and
    the values of its sentence."""

    row: int
    column: str
    code: str
    values: Mapping[str, str | int] = {}


class RenderedFault(TypedDict):
    """A fault as the API answers it (product.md section 6)."""

    row: int
    column: str
    message: str


_FAULTS: Final[dict[str, tuple[str, str]]] = {
    "required": ("必须填写", "must be filled in"),
    "too_long": ("最多{limit}个字", "at most {limit} characters"),
    "control_characters": ("含有不可见的控制字符，请重新输入", "contains control characters; type it again"),
    "formula_error": ("单元格是公式错误", "the cell holds a formula error"),
    "column_not_text": (
        "数字已被 Excel 改写，请把该列设为“文本”格式后重新输入",
        "Excel has changed this number; set the column's format to Text and type it again",
    ),
    "extra_cells": (
        "本行的单元格比表头多，可能有多余的分隔符",
        "this row has more cells than the header; perhaps a delimiter too many",
    ),
    "not_a_number": ("应为{low}至{high}之间的整数", "must be a whole number from {low} to {high}"),
    "not_a_time": ("应为时间，如 2016-02-01 09:00", "must be a time, such as 2016-02-01 09:00"),
    "not_a_phone": (
        "应为手机号，或带区号的座机号",
        "must be a mobile number, or a landline with its area code",
    ),
    "not_a_mobile": ("应为11位手机号", "must be a mobile number of 11 digits"),
    "not_in_choices": ("应为：{choices}", "must be one of: {choices}"),
    "not_in_list": ("不在名单中", "is not in the list"),
    "not_in_list_but": ("不在名单中，是否为“{suggestion}”？", "is not in the list; perhaps {suggestion}?"),
    "unknown_number": ("本期没有这个编号的心愿", "no wish of this round has this number"),
    "already_moved_on": (
        "该心愿已进入后续流程，不能再由登记表修改",
        "this wish has moved on; a register can no longer change it",
    ),
    "wish_erased": (
        "该心愿的个人信息已清除，登记表不再改动它；请删去这一行后重新导入",
        "this wish was erased and is left alone; take this row out and import again",
    ),
    "stale_row": (
        "导出第{version}版之后，该心愿已于{at}有新的改动（{act}，现为第{newer}版），请重新导出后再改",
        "changed since version {version} was exported: {act} at {at}, now version {newer}; export anew and edit that",
    ),
    "not_in_this_round": ("该行来自导出文件，但不是本期的心愿", "this row was exported, but not from this round"),
    "text_not_clear": (
        "公开文字中可能含有姓名、电话、住址等内容（{kinds}），请修改",
        "the public text may give somebody away ({kinds}); change it",
    ),
    "outside_scope": ("不在您负责的街镇范围内", "is outside your subdistricts"),
    "duplicate": ("与第{earlier}行重复", "repeats row {earlier}"),
    "guardian_required": (
        "未成年人须由监护人代申报",
        "a minor's wish must be declared by a guardian (代申报, with 监护人 or a parent as relation)",
    ),
    "consent_missing": ("未经本人或监护人同意，不得录入", "nobody is entered without consent"),
    "born_after_declaring": ("晚于提交时间", "is later than the year of declaring"),
    "in_future": ("不能晚于今天", "must not lie in the future"),
    "earlier_than": ("不能早于{other}", "must not be earlier than {other}"),
}

_UNREADABLE: Final[dict[str, tuple[str, str]]] = {
    "empty": ("文件是空的", "the file is empty"),
    "encoding": (
        "无法识别文字编码，请另存为 UTF-8 编码的 CSV 或 Excel 工作簿（.xlsx）",
        "the text encoding is not known; save as CSV UTF-8 or as an Excel workbook (.xlsx)",
    ),
    "broken_csv": (
        "第{row}行附近的引号不成对，或单元格过长",
        "near row {row}: a quotation mark without its partner, or a cell too long",
    ),
    "not_a_workbook": (
        "不是 Excel 工作簿（.xlsx）或 CSV 文件",
        "neither an Excel workbook (.xlsx) nor a CSV file",
    ),
    "old_workbook": (
        "旧版 Excel 格式（.xls），请另存为 .xlsx",
        "an old Excel format (.xls); save it as .xlsx",
    ),
    "encrypted": ("工作簿已加密，请取消密码后重试", "the workbook is encrypted; remove its password"),
    "too_large": (
        "工作簿展开后过大，请删除多余的空行、图片和工作表",
        "the workbook is too large when unpacked; remove blank rows, pictures and spare sheets",
    ),
    "damaged": (
        "工作簿已损坏，请用 Excel 打开后重新保存",
        "the workbook is damaged; open it in Excel and save it again",
    ),
    "too_many_rows": ("最多{limit}行，请拆分后导入", "at most {limit} rows; split the register"),
    "duplicate_column": ("表头重复：{columns}", "columns occur twice: {columns}"),
    "missing_columns": ("缺少列：{columns}", "columns are missing: {columns}"),
}


def _say(sentences: tuple[str, str], language: str, values: Mapping[str, str | int]) -> str:
    return sentences[1 if language == "en" else 0].format_map(dict(values))


class Unreadable(Exception):
    """The file can't be read as this register at all; nothing of it was judged.

    `code` is stable (a key of the list above); `values` hold headers and numbers, never a cell's content.
    """

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values: Mapping[str, str | int] = values

    def message(self, language: str) -> str:
        """The sentence for a person, in `language` ("zh-CN" or "en")."""
        return _say(_UNREADABLE[self.code], language, self.values)


def render(fault: Fault, language: str) -> RenderedFault:
    """One fault as the API answers it; the column keeps its Chinese header, which is what the file shows."""
    return {
        "row": fault.row,
        "column": fault.column,
        "message": _say(_FAULTS[fault.code], language, fault.values),
    }


def render_all(faults: Iterable[Fault], language: str) -> list[RenderedFault]:
    """All faults in their given order (the rules give them by row, then by column)."""
    return [render(fault, language) for fault in faults]
