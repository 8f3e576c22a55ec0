"""The registers' columns: what they are called, what kind of cell they hold, and what a person should know.

One list per kind of register. Reading folds cells by it, the rules name columns from it, and the template
is drawn from it, so the three can't drift apart. The headers are Chinese in every language: they are the
register.
"""

from dataclasses import dataclass
from typing import Final, Literal

RegisterKind = Literal["wishes", "claims", "roster"]
CellKind = Literal["text", "long", "code", "phone", "number", "time"]
"""`long` keeps its line breaks; `code` and `phone` must not pass through a spreadsheet's number format."""

ROW_LIMIT: Final = 20_000
GUIDE_SHEET: Final = "填写说明"
LISTS_SHEET: Final = "名单"

NUMBER: Final = "编号"
SUBDISTRICT: Final = "街镇"
COMMITTEE: Final = "居村"
WISHER: Final = "许愿人"
GENDER: Final = "性别"
BIRTH_YEAR: Final = "出生年份"
SUBJECT: Final = "主体"
TEAM_SIZE: Final = "团队人数"
KIND: Final = "心愿类别"
CATEGORY: Final = "细分类别"
TITLE: Final = "心愿标题"
STORY: Final = "心愿内容"
DIFFICULTY: Final = "困难类型"
INCOME: Final = "家庭月收入（元）"
HOUSEHOLD: Final = "家庭人口"
PHONE: Final = "联系电话"
ADDRESS: Final = "住址"
DECLARING: Final = "申报方式"
DECLARER: Final = "申报人"
RELATION: Final = "与许愿人关系"
CONSENT: Final = "知情同意"
SUBMITTED: Final = "提交时间"
VERSION: Final = "版本"
CHECK: Final = "校验"
PUBLISHED: Final = "发布时间"
CLAIMANT_TYPE: Final = "认领人类型"
CLAIMANT: Final = "认领人"
CLAIMED: Final = "认领时间"
FULFILLED: Final = "完成时间"
THANKS: Final = "感谢语"
NAME: Final = "姓名"
TYPE: Final = "类型"
BRANCH: Final = "所属支部"
SECTOR: Final = "行业"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `required`: the header must be there. `example` is invented and passes every rule."""

    header: str
    kind: CellKind
    required: bool
    zh: str
    en: str
    example: str = ""
    in_template: bool = True

    def note(self, language: str) -> str:
        """What to write in this column, in `language` ("zh-CN" or "en")."""
        return self.en if language == "en" else self.zh


_TIME_ZH = "北京时间，如 2016-02-01 09:00"
_TIME_EN = "Beijing time, such as 2016-02-01 09:00"

_WISHES: Final = (
    Column(NUMBER, "code", True, "本期内不重复，最多40字",
           "Unique in its round, up to 40 characters", "1-0001"),
    Column(SUBDISTRICT, "text", True, "从名单中选择", "Choose from the list", "南码头路街道"),
    Column(COMMITTEE, "text", True, "居委会或村，最多40字", "Committee, up to 40 characters", "第一居民区"),
    Column(WISHER, "text", True, "许愿人姓名或团队名称", "The wisher's or the team's name", "示例"),
    Column(GENDER, "text", False, "男或女，可不填", "男 or 女, may be left empty", "女"),
    Column(BIRTH_YEAR, "number", True, "四位年份；团队不填", "Four digits; empty for a team", "1950"),
    Column(SUBJECT, "text", True, "个人或团队", "个人 (individual) or 团队 (team)", "个人"),
    Column(TEAM_SIZE, "number", False, "团队必填，1至9999", "Needed for a team, 1 to 9999"),
    Column(KIND, "text", True, "物质或精神", "物质 (material) or 精神 (spiritual)", "物质"),
    Column(CATEGORY, "text", True, "从名单中选择", "Choose from the list", "生活电器"),
    Column(TITLE, "text", True, "最多60字", "Up to 60 characters", "一个电饭煲"),
    Column(STORY, "long", True, "最多2000字，不要写电话和地址", "Up to 2000 characters, no phone, no address",
           "家里的电饭煲已坏，希望有一个新的电饭煲"),
    Column(DIFFICULTY, "text", False, "如低保、重病、单亲", "Such as 低保, 重病, 单亲", "低收入"),
    Column(INCOME, "number", False, "整数，单位元", "Whole yuan", "1800"),
    Column(HOUSEHOLD, "number", False, "1至50", "1 to 50", "2"),
    Column(PHONE, "phone", True, "手机号，或带区号的座机", "A mobile number, or a landline with area code",
           "17000000000"),
    Column(ADDRESS, "text", False, "最多200字", "Up to 200 characters", "示例路1弄2号301室"),
    Column(DECLARING, "text", True, "本人申报或代申报；未成年人须由监护人代申报",
           "本人申报 (by the wisher) or 代申报 (on behalf); a guardian declares for a minor", "代申报"),
    Column(DECLARER, "text", False, "代申报必填", "Needed when declared on behalf", "示例申报人"),
    Column(RELATION, "text", False, "代申报必填，如子女、社工、监护人",
           "Needed when declared on behalf, such as 子女, 社工, 监护人", "社工"),
    Column(CONSENT, "text", True, "须为“是”：未经同意不得录入",
           "Must be 是: nobody is entered without consent", "是"),
    Column(SUBMITTED, "time", True, _TIME_ZH, _TIME_EN, "2016-01-21 09:00"),
    # Only exports carry it: a register keyed by hand has no version to state.
    Column(VERSION, "number", False, "由导出生成，请勿修改", "Written by the export, leave as it is",
           in_template=False),
    Column(CHECK, "code", False, "由导出生成，请勿修改", "Written by the export, leave as it is",
           in_template=False),
)  # fmt: skip

_CLAIMS: Final = (
    Column(NUMBER, "code", True, "心愿登记表中的编号", "The number in the register of wishes", "1-0001"),
    Column(PUBLISHED, "time", True, _TIME_ZH, _TIME_EN, "2016-02-01 09:00"),
    Column(CLAIMANT_TYPE, "text", True, "从名单中选择", "Choose from the list", "党员"),
    Column(CLAIMANT, "text", True, "姓名或单位名称，最多60字",
           "A person or an organisation, up to 60 characters", "示例"),
    Column(CLAIMED, "time", True, _TIME_ZH, _TIME_EN, "2016-02-01 09:04"),
    Column(FULFILLED, "time", False, _TIME_ZH + "；未完成不填", _TIME_EN + "; empty where not fulfilled",
           "2016-02-05 10:00"),
    Column(THANKS, "long", False, "最多500字", "Up to 500 characters", "收到了，很合用，谢谢！"),
)  # fmt: skip

_ROSTER: Final = (
    Column(NAME, "text", True, "姓名或单位名称，最多60字",
           "A person or an organisation, up to 60 characters", "示例"),
    Column(PHONE, "phone", True, "手机号，登录时核对", "A mobile number, matched at sign-in", "17000000000"),
    Column(TYPE, "text", False, "从名单中选择；不填为党员", "Choose from the list; empty means 党员", "党员"),
    Column(BRANCH, "text", False, "最多60字", "Up to 60 characters", "示例党支部"),
    Column(SECTOR, "text", False, "最多40字", "Up to 40 characters", "机关"),
)  # fmt: skip

REGISTERS: Final[dict[RegisterKind, tuple[Column, ...]]] = {
    "wishes": _WISHES,
    "claims": _CLAIMS,
    "roster": _ROSTER,
}
