"""Registers over the API: judged whole, written whole or not at all, updated by the same numbers again."""

import urllib.request
from typing import Any

import pytest

from chalicelib.imports.columns import RegisterKind
from chalicelib.imports.reading import read_register
from tests.imports.handmade import csv_bytes, good_row, good_wish, workbook
from tests.people import PLACE, Api, Reply
from tests.world import World, assert_problem, is_chinese

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send(
    world: World,
    content: bytes,
    kind: str = "wishes",
    *,
    by: Api | None = None,
    media: str = "text/csv",
    **options: Any,
) -> Reply:
    sent = {"Content-Type": media} if media else {}
    query = {"kind": kind, "round": world.round_id} | options.pop("query", {})
    caller = by or world.staff.administrator
    return caller.call("POST", "/v1/imports", raw=content, headers=sent, **options, **query)


def listed(world: World, state: str = "submitted") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.staff.administrator.must(
        "GET", "/v1/wishes", round=world.round_id, state=state, limit=100
    )["items"]
    return found


def counts(reply: Reply) -> tuple[int, ...]:
    return tuple(reply.json[name] for name in ("rows", "accepted", "created", "updated", "unchanged"))


FAULTY: list[tuple[dict[str, str], list[str]]] = [
    ({"编号": ""}, ["编号"]),
    ({"编号": "x" * 41}, ["编号"]),
    ({"街镇": "火星"}, ["街镇"]),
    ({"街镇": ""}, ["街镇"]),
    ({"居村": ""}, ["居村"]),
    ({"许愿人": ""}, ["许愿人"]),
    ({"许愿人": "长" * 61}, ["许愿人"]),
    ({"性别": "不明"}, ["性别"]),
    ({"出生年份": "1899"}, ["出生年份"]),
    ({"出生年份": "abc"}, ["出生年份"]),
    ({"主体": "公司"}, ["主体"]),
    ({"主体": "团队", "出生年份": "", "团队人数": ""}, ["团队人数"]),
    ({"主体": "团队", "出生年份": "", "团队人数": "0"}, ["团队人数"]),
    ({"心愿类别": "金钱"}, ["心愿类别"]),
    ({"细分类别": "现金"}, ["细分类别"]),
    ({"心愿标题": ""}, ["心愿标题"]),
    ({"心愿标题": "长" * 61}, ["心愿标题"]),
    ({"心愿内容": ""}, ["心愿内容"]),
    ({"心愿内容": "长" * 2001}, ["心愿内容"]),
    ({"家庭月收入（元）": "很少"}, ["家庭月收入（元）"]),
    ({"家庭人口": "0"}, ["家庭人口"]),
    ({"联系电话": "123"}, ["联系电话"]),
    ({"联系电话": ""}, ["联系电话"]),
    ({"住址": "长" * 201}, ["住址"]),
    ({"申报方式": "电话"}, ["申报方式"]),
    ({"申报人": "", "与许愿人关系": ""}, ["申报人", "与许愿人关系"]),
    ({"知情同意": "否"}, ["知情同意"]),
    ({"知情同意": ""}, ["知情同意"]),
    ({"提交时间": "昨天"}, ["提交时间"]),
    ({"提交时间": "2999-01-01 00:00"}, ["提交时间"]),
    ({"出生年份": "2015"}, ["与许愿人关系"]),
    ({"心愿标题": "\x07"}, ["心愿标题"]),
    ({"联系电话": "1.7E+10"}, ["联系电话"]),
    ({"心愿内容": "#REF!"}, ["心愿内容"]),
]


@pytest.fixture(scope="module")
def faulty() -> tuple[bytes, set[tuple[int, str]]]:
    """A register in which every other row has a fault of its own, and where they are."""
    rows, places = [], set()
    for number, (changes, columns) in enumerate(FAULTY):
        rows += [good_wish(2 * number + 1), good_wish(2 * number + 2) | changes]
        places |= {(2 * number + 3, column) for column in columns}
    return csv_bytes(rows), places


def test_every_fault_of_every_row_is_reported_at_once_and_nothing_is_stored(
    world: World, faulty: tuple[bytes, set[tuple[int, str]]]
) -> None:
    content, places = faulty

    reply = send(world, content)

    assert (reply.status, reply.code) == (422, "register_faulty")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert {(error["row"], error["column"]) for error in reply.json["errors"]} == places
    assert len(places) >= 30
    assert all(is_chinese(error["message"]) for error in reply.json["errors"])
    assert (reply.json["rows"], reply.json["accepted"]) == (2 * len(FAULTY), len(FAULTY))
    assert listed(world) == []


def test_a_dry_run_of_the_same_says_the_same_with_200(world: World, faulty: tuple[bytes, set[tuple[int, str]]]) -> None:
    content, _ = faulty

    dry, refusal = send(world, content, query={"dry_run": "true"}), send(world, content)

    assert dry.status == 200
    assert dry.json["errors"] == refusal.json["errors"]
    assert dry.json["dry_run"] is True
    assert listed(world) == []


def test_faults_are_told_in_english_on_request(world: World, faulty: tuple[bytes, set[tuple[int, str]]]) -> None:
    reply = world.staff.administrator.call(
        "POST", "/v1/imports", raw=faulty[0], kind="wishes", round=world.round_id,
        headers={"Content-Type": "text/csv", "Accept-Language": "en"},
    )  # fmt: skip

    assert not is_chinese(reply.json["detail"])
    assert {"must be filled in"} <= {error["message"] for error in reply.json["errors"]}


def test_an_error_never_repeats_what_stood_in_the_cell(world: World) -> None:
    reply = send(world, csv_bytes([good_wish(联系电话="1234567890123", 街镇="秦明华街道")]))

    assert reply.status == 422
    assert "1234567890123" not in reply.text
    assert "秦明华" not in reply.text


def test_a_good_register_comes_in_as_submitted(world: World) -> None:
    reply = send(world, csv_bytes([good_wish(number) for number in range(1, 4)]))

    assert (reply.status, counts(reply)) == (200, (3, 3, 3, 0, 0))
    assert reply.json["errors"] == []
    items = listed(world)
    assert {each["state"] for each in items} == {"submitted"}
    seen = world.full(items[0]["id"])
    assert seen["source"].startswith("9-")
    assert seen["wisher"]["name"] == "示例"
    assert world.history(items[0]["id"])[0]["imported"] is True


def test_the_same_register_again_changes_nothing_and_says_so(world: World) -> None:
    content = csv_bytes([good_wish(number) for number in range(1, 4)])
    send(world, content)
    before = listed(world)

    again = send(world, content)

    assert (again.status, counts(again)) == (200, (3, 3, 0, 0, 3))
    assert listed(world) == before


def test_an_edited_register_updates_the_same_wishes(world: World) -> None:
    send(world, csv_bytes([good_wish(number) for number in range(1, 4)]))
    ids = {each["id"] for each in listed(world)}

    reply = send(world, csv_bytes([good_wish(1), good_wish(2, 心愿标题="一口锅"), good_wish(4)]))

    assert counts(reply) == (3, 3, 1, 1, 1)
    assert ids < {each["id"] for each in listed(world)}
    assert sorted(each["title"] for each in listed(world)).count("一口锅") == 1


def test_a_dry_run_counts_and_writes_nothing(world: World) -> None:
    reply = send(world, csv_bytes([good_wish()]), query={"dry_run": "true"})

    assert (reply.status, counts(reply)) == (200, (1, 1, 1, 0, 0))
    assert listed(world) == []


def test_a_wish_that_moved_on_is_no_longer_changed_by_a_register(world: World) -> None:
    send(world, csv_bytes([good_wish()]))
    wish = listed(world)[0]["id"]
    world.staff.local.must("POST", f"/v1/wishes/{wish}/reject", {"reason": "x"})

    reply = send(world, csv_bytes([good_wish(心愿标题="一口锅")]))

    assert (reply.status, reply.code) == (422, "register_faulty")
    assert [(error["row"], error["column"]) for error in reply.json["errors"]] == [(2, "编号")]


def test_the_same_number_in_another_round_is_another_wish(world: World) -> None:
    content = csv_bytes([good_wish()])
    other = world.with_round(700_000 + int(world.round_id))

    assert counts(send(world, content))[2] == counts(send(other, content))[2] == 1
    assert listed(world)[0]["id"] != listed(other)[0]["id"]


def test_an_import_tells_nobody(world: World) -> None:
    sent = len(world.anyone.outbox)

    send(world, csv_bytes([good_wish(联系电话="17000091777")]))

    assert len(world.anyone.outbox) == sent
    contact = world.anyone.sign_in("17000091777")
    assert contact.must("GET", "/v1/me/inbox")["items"] == []
    assert len(contact.must("GET", "/v1/me/wishes")["items"]) <= 1


def test_claims_record_history_held_to_no_window_and_no_cap(world: World) -> None:
    numbers = range(1, 6)
    send(world, csv_bytes([good_wish(number) for number in numbers]))
    rows = [good_row("claims", 编号=f"9-{number:04}") for number in numbers]
    rows[0]["完成时间"] = ""

    reply = send(world, csv_bytes(rows), "claims")

    assert (reply.status, counts(reply)) == (200, (5, 5, 5, 0, 0))
    assert (len(listed(world, "claimed")), len(listed(world, "fulfilled"))) == (1, 4)
    lines = world.history(listed(world, "fulfilled")[0]["id"])
    assert [line["act"] for line in lines] == ["confirm", "deliver", "claim", "publish", "declare"]
    assert all(line["imported"] for line in lines)
    figures = world.anyone.must("GET", f"/v1/rounds/{world.round_id}/statistics")
    assert figures["minutes_to_claim"] == {"fastest": 4, "median": 4}
    again = send(world, csv_bytes(rows), "claims")
    assert counts(again) == (5, 5, 0, 0, 5)


def test_a_claim_for_a_number_nobody_knows_is_a_fault(world: World) -> None:
    reply = send(world, csv_bytes([good_row("claims", 编号="9-9999")]), "claims")

    assert [(error["row"], error["column"]) for error in reply.json["errors"]] == [(2, "编号")]


def test_a_roster_raises_the_basis_of_those_who_are_on_it(world: World) -> None:
    member = world.anyone.sign_in("17000091801")
    on_it = good_row("roster", 联系电话="17000091801", 所属支部="第一支部")
    rows = [on_it, good_row("roster", 联系电话="17000091802")]

    reply = send(world, csv_bytes(rows), "roster")

    assert reply.status == 200
    assert counts(reply)[:2] == (2, 2)
    me = member.must("GET", "/v1/me")
    assert (me["claimant_type"], me["basis"], me["branch"]) == ("party_member", "roster", "第一支部")
    assert counts(send(world, csv_bytes(rows), "roster"))[2:] == (0, 0, 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b" \r\n", "empty"), ("编号,街镇\r\n1,x\r\n".encode(), "missing_columns"),
     (b"PK\x03\x04broken", None), (b"\x00" * 100, None), (b"%PDF-1.7", None),
     (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None)],
)  # fmt: skip
@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_an_unreadable_file_is_422_dry_run_or_not(
    world: World, content: bytes, reason: str | None, dry_run: str
) -> None:
    reply = send(world, content, query={"dry_run": dry_run})

    assert (reply.status, reply.code) == (422, "unreadable_file")
    assert reason in (None, reply.json["reason"])
    assert reply.json["errors"][0]["message"]


def test_all_missing_columns_are_named(world: World) -> None:
    row = good_wish()
    del row["知情同意"], row["提交时间"]

    reply = send(world, csv_bytes([row]))

    assert "知情同意" in reply.json["detail"]
    assert "提交时间" in reply.json["detail"]


def test_a_workbook_is_taken_as_well(world: World) -> None:
    row = good_wish()

    reply = send(world, workbook([list(row), list(row.values())]), media=XLSX)

    assert (reply.status, counts(reply)) == (200, (1, 1, 1, 0, 0))


@pytest.mark.parametrize("media", ["image/png", "application/pdf", "multipart/form-data; boundary=x"])
def test_another_media_type_is_refused(world: World, media: str) -> None:
    assert_problem(send(world, csv_bytes([good_wish()]), media=media), 415, "unsupported_media")


def test_more_than_four_megabytes_are_too_large(world: World) -> None:
    assert_problem(send(world, b"x" * (4 * 1024 * 1024 + 1)), 413, "too_large")


@pytest.mark.parametrize(
    "query", [{"kind": "people"}, {"dry_run": "maybe"}, {"dry_run": ""}, {"round": ""}, {"surprise": "1"}]
)
def test_a_wrong_parameter_is_a_bad_request(world: World, query: dict[str, str]) -> None:
    assert_problem(send(world, csv_bytes([good_wish()]), query=query), 400, "bad_parameter")


def test_an_unknown_round_is_not_found(world: World) -> None:
    assert_problem(send(world, csv_bytes([good_wish()]), query={"round": "999997"}), 404, "not_found")


def test_a_liaison_brings_wishes_of_their_own_subdistricts_only(world: World) -> None:
    ours, theirs = good_wish(1, 街镇=PLACE), good_wish(2, 街镇="花木街道")

    reply = send(world, csv_bytes([ours, theirs]), by=world.staff.local)

    assert [(error["row"], error["column"]) for error in reply.json["errors"]] == [(3, "街镇")]
    assert send(world, csv_bytes([ours]), by=world.staff.local).status == 200
    assert send(world, csv_bytes([theirs]), by=world.staff.liaison).status == 200


@pytest.mark.parametrize("kind", ["claims", "roster"])
def test_history_and_roster_are_an_administrators(world: World, kind: RegisterKind) -> None:
    assert_problem(send(world, csv_bytes([good_row(kind)]), kind, by=world.staff.liaison), 403, "forbidden")


def test_nothing_is_brought_into_a_closed_round(world: World) -> None:
    world.close()

    assert_problem(send(world, csv_bytes([good_wish()])), 409, "round_closed")
    assert_problem(send(world, csv_bytes([good_wish()]), dry_run="true"), 409, "round_closed")


def test_a_retry_under_its_key_gets_the_first_outcome_and_another_file_is_refused(world: World) -> None:
    content, key = csv_bytes([good_wish()]), f"import-{world.round_id}"

    first, again = (send(world, content, key=key) for _ in range(2))

    assert first.json == again.json
    assert counts(again)[2] == 1
    assert_problem(send(world, csv_bytes([good_wish(2)]), key=key), 422, "idempotency_key_reused")
    assert_problem(send(world, content, key=key, query={"kind": "claims"}), 422, "idempotency_key_reused")


def test_an_import_can_be_looked_up_by_who_made_it(world: World) -> None:
    made = send(world, csv_bytes([good_wish()]), by=world.staff.liaison).json

    found = world.staff.liaison.must("GET", f"/v1/imports/{made['id']}")

    assert (found["state"], found["created"]) == ("done", 1)
    assert world.staff.administrator.get(f"/v1/imports/{made['id']}").status == 200
    assert_problem(world.staff.local.get(f"/v1/imports/{made['id']}"), 404, "not_found")


@pytest.mark.parametrize("kind", ["wishes", "claims", "roster"])
def test_the_template_can_be_downloaded(world: World, kind: RegisterKind) -> None:
    reply = world.staff.liaison.get("/v1/imports/template.xlsx", headers={"Accept": XLSX}, kind=kind)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == XLSX
    assert read_register(reply.raw, kind).kind == kind  # every column is there, and no row yet


def test_who_does_not_ask_for_the_type_by_name_is_sent_to_a_link(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_RUN")  # API Gateway passes binary bodies only to those who do

    reply = world.staff.liaison.get("/v1/imports/template.xlsx")

    assert reply.status == 303
    with urllib.request.urlopen(reply.headers["Location"], timeout=10) as answer:
        assert read_register(answer.read(), "wishes").kind == "wishes"
