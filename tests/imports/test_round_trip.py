"""A register goes out to a spreadsheet and comes back: what was edited is updated, and nothing else."""

import csv
import io
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from chalicelib.wishes import comparing
from tests.imports.handmade import csv_text, good_wish, workbook
from tests.imports.test_imports_routes import XLSX, counts, send
from tests.imports.test_round_one import register
from tests.people import PLACE, Api, wish
from tests.world import World

Lines = list[dict[str, str]]


def exported(world: World, form: str = "xlsx", by: Api | None = None) -> Lines:
    """The round's register as whoever downloads it reads it."""
    caller = by or world.staff.administrator
    made = caller.must("POST", "/v1/exports", {"round": world.round_id, "format": form})
    with urllib.request.urlopen(made["url"]) as answer:
        content = answer.read()
    assert len(content) == made["bytes"]
    lines = read_csv(content) if form == "csv" else read_xlsx(content)
    assert len(lines) == made["rows"]
    return lines


def read_csv(content: bytes) -> Lines:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> Lines:
    head, *rows = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    assert all(isinstance(value, str) for row in rows for value in row if value is not None)
    return [dict(zip(map(str, head), [value or "" for value in row], strict=True)) for row in rows]  # type: ignore[misc]


def as_xlsx(lines: Lines) -> bytes:
    return workbook([list(lines[0]), *(list(line.values()) for line in lines)], strings_to_formulas=False)


def returned(world: World, lines: Lines, by: Api | None = None, **options: Any) -> Any:
    return send(world, as_xlsx(lines), by=by, media=XLSX, **options)


def line_of(lines: Lines, number: str) -> dict[str, str]:
    return next(line for line in lines if line["编号"] == number)


def wish_of(world: World, number: str) -> dict[str, Any]:
    return world.full(comparing.wish_id(world.round_id, number))


@pytest.fixture
def of_three(world: World) -> World:
    """A round with three wishes from a register."""
    rows = [good_wish(number) for number in (1, 2, 3)]
    assert send(world, csv_text(rows).encode()).status == 200
    return world


def test_of_414_wishes_the_five_that_were_edited_are_updated(world: World) -> None:
    send(world, register("wishes"))
    lines = exported(world)
    for line in lines[10:400:80]:
        line["心愿标题"] = "改过的心愿"

    reply = returned(world, lines)

    assert counts(reply) == (414, 414, 0, 5, 409)
    shown = world.staff.administrator.must("GET", "/v1/wishes", round=world.round_id, state="submitted", q="改过的心愿")
    assert len(shown["items"]) == 5
    assert counts(returned(world, exported(world))) == (414, 414, 0, 0, 414)


def test_one_stale_row_refuses_all_and_names_the_newer_change(of_three: World) -> None:
    world, lines = of_three, exported(of_three)
    number = lines[1]["编号"]
    edited = wish_of(world, number)
    world.staff.administrator.must(
        "PATCH", f"/v1/wishes/{edited['id']}", {"title": "电话里改的"}, version=edited["version"]
    )
    for line in lines:
        line["家庭人口"] = "4"

    reply = returned(world, lines)

    assert (reply.status, reply.code) == (422, "register_faulty")
    [fault] = reply.json["errors"]
    assert (fault["row"], fault["column"]) == (3, "版本")
    assert "修改" in fault["message"]
    assert "第2版" in fault["message"]
    assert line_of(exported(world), number)["心愿标题"] == "电话里改的"
    assert {line["家庭人口"] for line in exported(world)} == {"2"}


def test_a_row_nobody_edited_is_never_stale(of_three: World) -> None:
    lines = exported(of_three)
    admin = of_three.staff.administrator
    moved = wish_of(of_three, lines[0]["编号"])
    admin.must("PATCH", f"/v1/wishes/{moved['id']}", {"title": "别人改的"}, version=moved["version"])
    lines[2]["心愿标题"] = "我改的"

    assert counts(returned(of_three, lines)) == (3, 3, 0, 1, 2)

    assert [line["心愿标题"] for line in exported(of_three)][::2] == ["别人改的", "我改的"]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_goes_out_comes_back_unchanged(world: World, form: str) -> None:
    world.declared(title="=1+1", story="-第一行\n第二行")
    world.declared(wisher={"name": "张三丰"}, contact={"name": "李四", "relation": "女儿", "phone": "17000044444"})
    world.published()
    world.claimed()
    lines = exported(world, form)

    content = as_xlsx(lines) if form == "xlsx" else csv_text(lines).encode()
    reply = send(world, content, media=XLSX if form == "xlsx" else "text/csv")

    assert counts(reply) == (4, 4, 0, 0, 4)


def test_a_title_that_looks_like_a_formula_goes_out_as_text(world: World) -> None:
    title = "=cmd|'/c calc'!A1"
    world.declared(title=title)

    [plain], [cells] = exported(world, "csv"), exported(world, "xlsx")  # every cell of the workbook is text, see there

    assert plain["心愿标题"] == f"'{title}"
    assert cells["心愿标题"] in (title, f"'{title}")


def test_a_wish_declared_over_the_api_is_edited_by_its_id(world: World) -> None:
    made = world.declared(particulars="鞋码 38")
    [line] = exported(world)
    assert line["编号"] == made["id"]
    line["住址"] = "浦东某路2号"

    assert counts(returned(world, [line])) == (1, 1, 0, 1, 0)

    full = world.full(made["id"])
    assert full["wisher"]["address"] == "浦东某路2号"
    assert full["particulars"] == "鞋码 38"


def by_file(world: World, made: dict[str, Any], phone: str) -> None:
    [line] = exported(world)
    line["联系电话"] = phone
    assert counts(returned(world, [line])) == (1, 1, 0, 1, 0)


def by_patch(world: World, made: dict[str, Any], phone: str) -> None:
    changed = {"wisher": {"name": "秦明华", "birth_year": 1950, "phone": phone}}
    world.staff.administrator.must("PATCH", f"/v1/wishes/{made['id']}", changed, version=made["version"])


@pytest.mark.parametrize(("correct", "wrong", "right"), [(by_file, "5111", "5222"), (by_patch, "6111", "6222")])
def test_a_corrected_phone_leads_to_the_wish_and_the_wrong_one_no_longer(
    world: World, correct: Callable[[World, dict[str, Any], str], None], wrong: str, right: str
) -> None:
    made = world.declared(wisher={"name": "秦明华", "birth_year": 1950, "phone": f"1700005{wrong}"})
    mistaken = world.anyone.sign_in(f"1700005{wrong}")
    assert [each["id"] for each in mistaken.must("GET", "/v1/me/wishes")["items"]] == [made["id"]]

    correct(world, made, f"1700005{right}")

    found = world.anyone.must("GET", "/v1/wishes/lookup", receipt=made["receipt"], phone_last4=right)
    assert found["id"] == made["id"]
    assert world.anyone.get("/v1/wishes/lookup", receipt=made["receipt"], phone_last4=wrong).status == 404
    assert mistaken.must("GET", "/v1/me/wishes")["items"] == []
    corrected = world.anyone.sign_in(f"1700005{right}")
    assert [each["id"] for each in corrected.must("GET", "/v1/me/wishes")["items"]] == [made["id"]]


def test_a_published_wish_takes_an_edit_but_no_phone_in_its_words(world: World) -> None:
    made = world.published()
    [line] = exported(world)

    faulty = returned(world, [line | {"心愿内容": "请打17000051234"}])
    assert (faulty.status, faulty.json["errors"][0]["column"]) == (422, "心愿内容")
    assert "17000051234" not in faulty.text

    assert counts(returned(world, [line | {"心愿内容": "想要一个小一点的"}])) == (1, 1, 0, 1, 0)
    assert world.anyone.must("GET", f"/v1/wishes/{made['id']}")["story"] == "想要一个小一点的"


def test_a_claimed_wish_is_frozen(world: World) -> None:
    world.claimed()
    [line] = exported(world)

    reply = returned(world, [line | {"心愿标题": "换一个"}])

    assert (reply.status, reply.json["errors"][0]["column"]) == (422, "编号")


def test_a_liaison_gets_and_changes_the_wishes_of_their_own_subdistricts_alone(world: World) -> None:
    send(world, csv_text([good_wish(1, 街镇=PLACE), good_wish(2, 街镇="塘桥街道")]).encode())
    local = world.staff.local

    [line] = exported(world, by=local)
    assert line["街镇"] == PLACE

    # Another subdistrict's number with one's own subdistrict beside it: nobody draws a wish over to themselves.
    reply = send(world, csv_text([good_wish(2, 街镇=PLACE)]).encode(), by=local)
    assert (reply.status, reply.json["errors"][0]["column"]) == (422, "编号")
    assert {line["街镇"] for line in exported(world)} == {PLACE, "塘桥街道"}


def test_an_export_of_another_round_is_not_taken_for_new_wishes(of_three: World) -> None:
    lines = exported(of_three)
    other = of_three.with_round(int(of_three.round_id) + 400_000)

    reply = returned(other, lines)

    assert (reply.status, len(reply.json["errors"])) == (422, 3)


def test_an_export_is_recorded(of_three: World) -> None:
    exported(of_three, by=of_three.staff.administrator)

    trail = of_three.staff.administrator.must("GET", "/v1/audit", subject=f"register/{of_three.round_id}")["items"]

    assert [(entry["action"], entry["detail"]["count"]) for entry in trail] == [("exported", 3)]


def test_a_minor_keeps_a_guardian_whatever_the_file_says(world: World) -> None:
    world.declared()
    [line] = exported(world)

    reply = returned(world, [line | {"出生年份": "2020"}])

    assert (reply.status, reply.json["errors"][0]["column"]) == (422, "出生年份")


def test_the_sample_wish_fits_what_these_tests_assume() -> None:
    assert wish("1")["wisher"]["name"] == "秦明华"
