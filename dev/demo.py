"""The demo's people and wishes, all synthetic: phones 170000xxxxx belong to nobody."""

from typing import Any, Final, NamedTuple

ADMINISTRATOR: Final = "17000090001"
LIAISON: Final = "17000090002"
LOCAL_LIAISON: Final = "17000090003"
OBSERVER: Final = "17000090004"
PARTY_MEMBER: Final = "17000090005"
COMPANY: Final = "17000090006"
COMMITTEE_WORKER: Final = "17000090007"
HOME: Final = ("南码头路街道", "第一居民区")


class Person(NamedTuple):
    """A seeded account (product.md section 6); `part` is what the banner calls it."""

    phone: str
    name: str
    part: str
    roles: tuple[str, ...] = ()
    subdistricts: tuple[str, ...] = ()
    committees: tuple[tuple[str, str], ...] = ()
    claimant_type: str = "citizen"


PEOPLE: Final = (
    Person(ADMINISTRATOR, "示例管理员", "administrator", ("administrator",)),
    Person(LIAISON, "示例联络员", "liaison of all subdistricts", ("liaison",), ("*",)),
    Person(LOCAL_LIAISON, "示例街道联络员", "liaison of 南码头路街道", ("liaison",), (HOME[0],)),
    Person(OBSERVER, "示例观察员", "observer", ("observer",)),
    Person(PARTY_MEMBER, "示例党员", "party member", claimant_type="party_member"),
    Person(COMPANY, "示例公司", "company", claimant_type="company"),
    Person(
        COMMITTEE_WORKER,
        "示例居村干部",
        "committee worker of 南码头路街道 第一居民区",
        ("committee_worker",),
        committees=(HOME,),
    ),
)

ROUND_1: Final = {
    "number": 1,
    "name": "第一期微心愿",
    "declare_from": "2016-01-18T00:00:00Z",
    "claim_from": "2016-02-01T01:00:00Z",
    "claim_until": "2016-02-25T16:00:00Z",
    "deliver_until": "2016-02-29T16:00:00Z",
}
"""The dates hold every time in the two registers."""

ROUND_2: Final = {"number": 2, "name": "第二期微心愿"}
"""Its dates hang on the day of the first run."""


class Wish(NamedTuple):
    """A wish of round 2: who declares it, how far it is taken, and the body of its declaration."""

    declared_by: str
    until: str
    body: dict[str, Any]


class _Wisher(NamedTuple):
    name: str
    gender: str
    birth_year: int
    difficulty: str
    income: int
    household: int


def _wish(
    number: int,
    place: tuple[str, str],
    kind: str,
    category: str,
    title: str,
    story: str,
    wisher: _Wisher,
    *,
    until: str = "published",
    declared_by: str = LIAISON,
    **more: Any,
) -> Wish:
    body: dict[str, Any] = {
        "subject": "individual",
        "kind": kind,
        "category": category,
        "title": title,
        "story": story,
        "subdistrict": place[0],
        "committee": place[1],
        "wisher": {
            "name": wisher.name,
            "gender": wisher.gender,
            "birth_year": wisher.birth_year,
            "phone": f"170000910{number:02d}",
            "address": f"{place[0]}示例路{number}弄{number}号",
        },
        "circumstances": {
            "difficulty": wisher.difficulty,
            "monthly_income": wisher.income,
            "household_size": wisher.household,
        },
        "declared_by": {"name": "周示例", "relation": "居村工作人员"},
        "consent": {
            "process": True,
            "publish_story": True,
            "share_contact": number % 3 != 0,
            "photos": number % 2 == 0,
            "by": "self",
            "method": "signed",
        },
    }
    return Wish(declared_by, until, body | more)


def _team(
    number: int,
    place: tuple[str, str],
    kind: str,
    category: str,
    title: str,
    story: str,
    name: str,
    size: int,
) -> Wish:
    made = _wish(number, place, kind, category, title, story, _Wisher(name, "", 0, "", 0, 0))
    body = made.body | {"subject": "team", "team_size": size, "circumstances": {}}
    body["wisher"] = {"name": name, "phone": body["wisher"]["phone"], "address": body["wisher"]["address"]}
    body["consent"] = body["consent"] | {"by": "representative"}
    return made._replace(body=body)


def _of_a_minor(number: int, made: Wish) -> Wish:
    wisher = {name: value for name, value in made.body["wisher"].items() if name != "phone"}
    guardian = {"name": "吴示例", "relation": "母亲", "phone": f"170000920{number:02d}"}
    return made._replace(
        body=made.body
        | {"wisher": wisher, "guardian": guardian, "contact": guardian}
        | {"consent": made.body["consent"] | {"by": "guardian", "share_contact": False, "photos": False}}
    )


WISHES: Final = (
    _wish(
        1, HOME, "material", "出行辅具", "一副轻便助行器",
        "下楼买菜要走很远，希望有一副能折叠的助行器。",
        _Wisher("秦示例", "female", 1948, "孤老", 2900, 1), particulars="身高一米五五，楼道有八级台阶",
    ),
    _wish(
        2, HOME, "spiritual", "陪伴", "每周有人来说说话",
        "子女都在外地，希望有人每周来陪着聊聊天、读读报。",
        _Wisher("郑示例", "male", 1941, "失独", 3100, 1), declared_by=COMMITTEE_WORKER,
    ),
    _wish(
        3, ("塘桥街道", "第三居民区"), "material", "生活电器", "一台小取暖器",
        "老房子朝北，冬天夜里很冷，希望有一台取暖器。",
        _Wisher("卫示例", "female", 1952, "低保", 1420, 2),
    ),
    _of_a_minor(
        4,
        _wish(
            4, ("周家渡街道", "第六居民区"), "material", "学习用品", "新学期的书包和文具",
            "开学要升年级了，想要一个结实的新书包。",
            _Wisher("吴小示例", "male", 2015, "困境儿童", 1500, 3),
        ),
    ),
    _team(
        5, ("陆家嘴街道", "第二居民区"), "spiritual", "文化活动", "办一场社区合唱音乐会",
        "合唱队练了一年，希望有老师指导并一起办一场音乐会。",
        "示例合唱队", 25,
    ),
    _wish(
        6, ("张江镇", "示例新村"), "material", "衣物被褥", "一床厚棉被",
        "旧棉被盖了十几年，已经不暖和了，希望换一床新的。",
        _Wisher("蒋示例", "male", 1956, "残疾", 2100, 2), particulars="床宽一米二",
    ),
    _wish(
        7, ("川沙新镇", "示例村"), "material", "康复护理", "一个防褥疮坐垫",
        "每天要坐很久的轮椅，希望有一个透气的坐垫。",
        _Wisher("沈示例", "female", 1963, "重病", 1800, 3),
    ),
    _wish(
        8, ("惠南镇", "第一居民区"), "material", "文化娱乐", "一台会说书的收音机",
        "眼睛看不清了，最爱听评弹和说书。",
        _Wisher("韩示例", "male", 1938, "低收入", 2400, 1),
    ),
    _wish(
        9, ("三林镇", "第四居民区"), "spiritual", "学习辅导", "学会用手机视频",
        "想学会用手机和外地的孙女视频通话，希望有人耐心教几次。",
        _Wisher("杨示例", "female", 1950, "孤老", 2700, 1),
    ),
    _wish(
        10, ("花木街道", "第五居民区"), "material", "生活电器", "一个小电饭煲",
        "一个人住，原来的锅坏了，想要一个小号的电饭煲。",
        _Wisher("朱示例", "female", 1959, "低收入", 1900, 1),
    ),
    _wish(
        11, ("祝桥镇", "示例村"), "material", "出行辅具", "一根带灯的手杖",
        "傍晚出门路暗，希望有一根带小灯的防滑手杖。",
        _Wisher("尤示例", "male", 1945, "残疾", 2200, 2),
    ),
    _team(
        12, ("浦兴路街道", "第七居民区"), "material", "文化娱乐", "活动室的棋和棋桌",
        "活动室的老棋都缺了子，希望添几副象棋和两张棋桌。",
        "示例棋友队", 12,
    ),
    _wish(
        13, ("南码头路街道", "第二居民区"), "material", "衣物被褥", "一双防滑棉鞋",
        "冬天怕滑倒，希望有一双防滑的棉鞋。",
        _Wisher("许示例", "female", 1947, "低保", 1420, 1), until="submitted", particulars="三十七码",
    ),
    _wish(
        14, ("洋泾街道", "第八居民区"), "spiritual", "陪伴", "陪我去看一次江边",
        "搬来以后很久没去过江边了，希望有人陪着去走一走。",
        _Wisher("何示例", "male", 1943, "孤老", 3000, 1), until="submitted",
    ),
    _wish(
        15, ("高桥镇", "第二居民区"), "material", "学习用品", "一盏护眼台灯",
        "晚上要做手工活补贴家用，希望有一盏亮一些的台灯。",
        _Wisher("吕示例", "female", 1975, "单亲", 2600, 2), until="verified",
    ),
)  # fmt: skip
"""Twelve to claim, two waiting for review, one waiting to be published."""
