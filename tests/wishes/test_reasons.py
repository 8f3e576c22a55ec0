"""A reason goes to others' phones and mailboxes: what gives somebody away in it is refused before anything happens."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.notices.records import Notice
from tests.people import COMPANY, Api, Reply
from tests.world import World, assert_problem

GIVES_AWAY = {
    "name": "秦明华老人不方便",
    "phone": "请拨打 1 3 8-0013-8000 联系",
    "id_number": "证件号 11010519491231002X 与姓名不符",
    "bank_card": "卡号 6222 0212 3456 7890 128",
    "wechat": "加微信号 qinmh_1948 再说",
    "email": "寄到 qin.mh@example.org",
    "address": "浦东某路1号没有电梯",
}
HARMLESS = [
    "信息不全，请补充尺寸",
    "请致电居委会 021-58881234 或到街道服务中心补交材料",
    "老人已搬离本区",
    "微心愿不接受现金、医疗费，可以到民政窗口申请临时救助",
]

Act = Callable[[World, str], tuple[str, Reply]]


def _on_wish(prepared: str, act: str, field: str = "reason", **more: Any) -> Act:
    def done(world: World, words: str) -> tuple[str, Reply]:
        wish = getattr(world, prepared)()["id"]
        return wish, world.staff.local.post(f"/v1/wishes/{wish}/{act}", {field: words} | more)

    return done


def _revoked(world: World, words: str) -> tuple[str, Reply]:
    wish, claim = world.claimed()
    return wish, world.staff.local.post(f"/v1/claims/{claim}/revoke", {"reason": words})


def _withdrawn_by_its_declarer(world: World, words: str) -> tuple[str, Reply]:
    wish = world.declared()["id"]
    return wish, world.staff.citizen.post(f"/v1/wishes/{wish}/withdraw", {"reason": words})


ACTS: dict[str, Act] = {
    "return": _on_wish("declared", "return"),
    "reject": _on_wish("verified", "reject", reason_code="money"),
    "withdraw": _on_wish("published", "withdraw"),
    "withdraw by its declarer": _withdrawn_by_its_declarer,
    "offer": _on_wish("published", "offer", "message", phone=COMPANY),
    "revoke": _revoked,
}


EACH = sorted({("return", kind) for kind in GIVES_AWAY} | {(act, "name") for act in ACTS})
"""One act with every kind, every act with one."""


@pytest.mark.parametrize(("act", "kind"), EACH)
def test_what_gives_somebody_away_is_named_by_its_kind_and_nothing_is_done(world: World, act: str, kind: str) -> None:
    words = GIVES_AWAY[kind]

    wish, reply = ACTS[act](world, words)

    field = "message" if act == "offer" else "reason"
    assert set(assert_problem(reply, 422, "invalid_fields")) == {field}
    assert reply.json["found"] == [{"kind": kind, "field": field}]
    assert not any(part in reply.text for part in ("秦明华", "138", "1100", "6222", "qin", "某路"))
    assert world.history(wish)[0]["act"] != act.partition(" ")[0]


@pytest.mark.parametrize("words", HARMLESS)
def test_what_a_reason_may_need_is_told(world: World, words: str) -> None:
    wish, reply = ACTS["return"](world, words)

    assert reply.status == 200
    told = [item for item in world.staff.citizen.must("GET", "/v1/me/inbox")["items"] if item["wish"] == wish]
    assert words in told[0]["text"]


def test_it_is_said_in_the_callers_language_too(world: World) -> None:
    wish = world.declared()["id"]

    reply = world.staff.local.post(
        f"/v1/wishes/{wish}/return", {"reason": GIVES_AWAY["phone"]}, headers={"Accept-Language": "en"}
    )

    assert "phone number" in reply.json["errors"][0]["message"]


def test_a_teams_own_name_is_no_persons(world: World) -> None:
    team = {"subject": "team", "team_size": 12, "wisher": {"name": "夕阳红合唱队", "phone": "17000091234"}}
    wish = world.declared(**team)["id"]

    assert world.staff.local.post(f"/v1/wishes/{wish}/return", {"reason": "夕阳红合唱队已有音响"}).status == 200


def test_in_a_batch_it_is_that_items_result(world: World) -> None:
    first, second = world.declared()["id"], world.declared(wisher={"name": "欧阳建国", "phone": "17000091235"})["id"]
    body = {"act": "return", "items": [{"id": first}, {"id": second}], "body": {"reason": "欧阳建国已有一个"}}

    items = world.staff.local.must("POST", "/v1/desk/batch", body)["items"]

    assert [item["status"] for item in items] == [200, 422]


def values_of(reader: Api, kind: str) -> list[dict[str, Any]]:
    found = Notice.query(reader.account, Notice.sk.startswith("m#"), consistent_read=True)
    return [notice.values for notice in found if notice.kind == kind]


def test_a_message_keeps_no_more_than_its_sentence_says(world: World) -> None:
    _, claim = world.claimed(title="一把折叠伞")

    world.staff.company.must("POST", f"/v1/claims/{claim}/release", {"reason": "秦明华不接电话"})

    assert {"title": "一把折叠伞"} in values_of(world.staff.local, "claim_released")
    assert not any("reason" in values for values in values_of(world.staff.local, "claim_released"))
