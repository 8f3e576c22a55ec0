"""What people, programs and attackers send by mistake or on purpose: refused in the contract's words, never a 500."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

import app
from chalicelib.base import web
from tests.people import Reply, wish
from tests.world import World, assert_problem, is_chinese

JSON = {"Content-Type": "application/json"}
TAKING_JSON = [
    route
    for route in web.every_route()
    if route.takes is not None and route.method in app.app.routes.get(route.path, {})
]
SERVED = [route for route in web.every_route() if route.method in app.app.routes.get(route.path, {})]
NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(scope="module")
def world(standing_world: World) -> World:
    """One round for all: hardly anything here changes anything."""
    return standing_world


def concrete(world: World, path: str) -> str:
    """The path with its parts filled in; the round exists, other things need not for a body to be refused."""
    path = path.replace("{round_id}", world.round_id).replace("{claim_id}", f"{NOBODYS}-4")
    return "/".join(NOBODYS if part.startswith("{") else part for part in path.split("/"))


def send(world: World, route: web.Route, raw: bytes, headers: dict[str, str] = JSON) -> Reply:
    version = {"If-Match": "1"} if route.edits else {}
    caller = world.staff.administrator if route.audience != web.ANYONE else world.anyone
    return caller.call(route.method, concrete(world, route.path), raw=raw, headers=version | headers)


def declare(world: World, **changes: Any) -> Reply:
    return world.staff.citizen.post("/v1/wishes", wish(world.round_id, **changes))


def nested(depth: int) -> bytes:
    return b'{"x":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("route", TAKING_JSON, ids=lambda route: f"{route.method} {route.path}")
class TestEveryRouteThatTakesJson:
    @pytest.mark.parametrize("raw", [b"{", b'{"a": NaN}', nested(980)], ids=["unclosed", "NaN", "980 deep"])
    def test_what_is_no_readable_json_is_a_bad_request(self, world: World, route: web.Route, raw: bytes) -> None:
        assert_problem(send(world, route, raw), 400, "bad_json")

    @pytest.mark.parametrize("raw", [b"[]", b"null"])
    def test_anything_but_an_object_is_unprocessable(self, world: World, route: web.Route, raw: bytes) -> None:
        assert_problem(send(world, route, raw), 422, "invalid_fields")

    def test_a_field_nobody_knows_is_named(self, world: World, route: web.Route) -> None:
        errors = assert_problem(send(world, route, b'{"surprise": 1}'), 422, "invalid_fields")

        assert errors["surprise"] == "没有这个字段"

    def test_another_content_type_is_refused(self, world: World, route: web.Route) -> None:
        assert_problem(send(world, route, b"{}", {"Content-Type": "text/plain"}), 415, "not_json")

    def test_more_than_a_quarter_of_a_megabyte_is_too_large(self, world: World, route: web.Route) -> None:
        raw = json.dumps({"story": "长" * 350_000}).encode()

        assert_problem(send(world, route, raw), 413, "too_large")

    def test_the_content_type_may_name_its_charset(self, world: World, route: web.Route) -> None:
        reply = send(world, route, b'{"surprise": 1}', {"Content-Type": "application/json; charset=utf-8"})

        assert reply.status == 422


@pytest.mark.parametrize("route", SERVED, ids=lambda route: f"{route.method} {route.path}")
class TestEveryRoute:
    def test_a_parameter_nobody_knows_is_a_bad_request(self, world: World, route: web.Route) -> None:
        caller = world.staff.administrator if route.audience != web.ANYONE else world.anyone
        version = {"If-Match": "1"} if route.edits else {}
        body = {} if route.takes is not None else None

        reply = caller.call(route.method, concrete(world, route.path), body, headers=version, surprise="1")

        assert_problem(reply, 400, "bad_parameter")

    def test_a_token_that_is_none_is_unauthorised(self, world: World, route: web.Route) -> None:
        reply = world.anyone.call(route.method, concrete(world, route.path), headers={"Authorization": "Bearer k1.x.y"})

        assert_problem(reply, 401, "bad_token")

    def test_another_scheme_than_bearer_is_unauthorised(self, world: World, route: web.Route) -> None:
        basic = base64.b64encode(b"a:b").decode()

        reply = world.anyone.call(
            route.method, concrete(world, route.path), headers={"Authorization": f"Basic {basic}"}
        )

        assert_problem(reply, 401, "bad_token")


@pytest.mark.parametrize(
    "raw",
    [b"{'a': 1}", b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": "\\ud800"}', b"\xff\xfe{}",
     b"\xef\xbb\xbf{}", b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, nested(500), b'{"a": 1} {}',
     b'{"a": ' + b"9" * 5_000 + b"}", b"\x00", b'{"a": 1,}', b'{"a": 01}', b"\xc3\x28"],
    ids=["single quotes", "Infinity", "-Infinity", "beyond floats", "lone surrogate", "UTF-16", "byte order mark",
         "10,000 open brackets", "10,000 brackets", "500 deep", "two documents", "5,000 digits",
         "a zero byte", "trailing comma", "leading zero", "broken UTF-8"],
)  # fmt: skip
def test_json_is_json_and_nothing_like_it(world: World, raw: bytes) -> None:
    reply = world.anyone.call("POST", "/v1/auth/codes", raw=raw, headers=JSON)

    assert_problem(reply, 400, "bad_json")


@pytest.mark.parametrize("raw", [b'"text"', b"1", b"true", b"[{}]", b"1.5", b'""'])
def test_a_body_is_an_object(world: World, raw: bytes) -> None:
    assert_problem(world.anyone.call("POST", "/v1/auth/codes", raw=raw, headers=JSON), 422, "invalid_fields")


@pytest.mark.parametrize(
    "media",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "", "application/xml",
     "application/json-patch+json", "json"],
)  # fmt: skip
def test_a_content_type_like_jsons_is_not_jsons(world: World, media: str) -> None:
    reply = world.anyone.call("POST", "/v1/auth/codes", raw=b"{}", headers={"Content-Type": media})

    assert_problem(reply, 415, "not_json")


@pytest.mark.parametrize(
    "token", ["", "x", "k1.", "k1..", "k9.WzFd.x", "Bearer", "\u00ff", "k1." + "A" * 2_000, "null", "k1.WzFd", "."]
)
def test_nothing_like_a_token_is_one(world: World, token: str) -> None:
    reply = world.anyone.call("GET", "/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert_problem(reply, 401, "bad_token")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


EDITS = [route for route in SERVED if route.edits]


@pytest.mark.parametrize("route", EDITS, ids=lambda route: f"{route.method} {route.path}")
class TestEveryEdit:
    def edit(self, world: World, route: web.Route, headers: dict[str, str]) -> Reply:
        return world.staff.administrator.call(route.method, concrete(world, route.path), {}, headers=headers)

    def test_without_if_match_the_version_is_asked_for(self, world: World, route: web.Route) -> None:
        assert_problem(self.edit(world, route, {}), 428, "version_required")

    @pytest.mark.parametrize("value", ["", "abc", "*", "-1", "1.5", '"1', "1, 2", "９", "1" * 20, '"abc"'])
    def test_an_if_match_that_is_no_version_is_a_bad_request(self, world: World, route: web.Route, value: str) -> None:
        assert_problem(self.edit(world, route, {"If-Match": value}), 400, "bad_if_match")


LISTS = [
    "/v1/wishes",
    "/v1/wishes?state=published",
    "/v1/wishes?state=claimed",
    "/v1/rounds",
    "/v1/me/wishes",
    "/v1/me/claims",
    "/v1/me/inbox",
    "reports",
    "history",
]


def listed(world: World, path: str, **query: str) -> Reply:
    if path == "history":
        path = f"/v1/wishes/{world.some_wish}/history"
    if path == "reports":
        path = f"/v1/rounds/{world.round_id}/reports"
    path, _, given = path.partition("?")
    fixed = dict(pair.split("=") for pair in given.split("&")) if given else {}
    return world.staff.administrator.get(path, **fixed, **query)


def cursor_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", LISTS)
class TestEveryList:
    @pytest.mark.parametrize("limit", ["0", "101", "abc", "-1", "", "1.0", "٣", "99999999999999999999", "1e1", " 5"])
    def test_a_limit_outside_one_to_a_hundred_is_a_bad_request(self, world: World, path: str, limit: str) -> None:
        assert_problem(listed(world, path, limit=limit), 400, "bad_parameter")

    @pytest.mark.parametrize("limit", ["1", "100"])
    def test_one_and_a_hundred_are_limits(self, world: World, path: str, limit: str) -> None:
        reply = listed(world, path, limit=limit)

        assert reply.status == 200
        assert set(reply.json) == {"items", "next"}

    @pytest.mark.parametrize(
        "cursor",
        ["x", "!!!!", "AAAA", "心愿", "=" * 8, cursor_of(), cursor_of("mark"), cursor_of(1, 2, 3), cursor_of([[]]),
         cursor_of("mark", {"a": 1}), "A" * 1_999],
    )  # fmt: skip
    def test_a_cursor_we_never_gave_is_a_bad_request(self, world: World, path: str, cursor: str) -> None:
        assert_problem(listed(world, path, cursor=cursor), 400, "bad_cursor")

    @pytest.mark.parametrize("cursor", ["", "A" * 2_001])
    def test_a_cursor_of_no_or_of_endless_length_is_a_bad_request(self, world: World, path: str, cursor: str) -> None:
        assert_problem(listed(world, path, cursor=cursor), 400, "bad_parameter")


def test_a_parameter_given_twice_is_a_bad_request(world: World) -> None:
    reply = world.anyone.get("/v1/wishes?limit=5&limit=6")

    assert_problem(reply, 400, "bad_parameter")


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "money"), ("subject", "group"), ("state", "nowhere"), ("state", "submitted"), ("state", "closed"),
     ("category", "钱"), ("subdistrict", "不存在街道"), ("subdistrict", "*"), ("round", "999999"), ("round", "abc"),
     ("round", "01000"), ("round", ""), ("q", "a" * 101), ("q", "\x00")],
)  # fmt: skip
def test_a_filter_value_nobody_knows_or_the_reader_may_not_use_is_a_bad_request(
    world: World, name: str, value: str
) -> None:
    errors = assert_problem(world.anyone.get("/v1/wishes", **{name: value}), 400, "bad_parameter")

    assert not errors or name in errors


@pytest.mark.parametrize(
    "receipt", ["", "a" * 41, "%", "心愿心愿", "AB CD EF", "\u202eABCDEFGH", "AAAA-AAAA", "'; drop", "{0}", "%s%n"]
)
def test_a_receipt_that_leads_nowhere_is_not_found_or_a_bad_request(world: World, receipt: str) -> None:
    reply = world.anyone.get("/v1/wishes/lookup", receipt=receipt, phone_last4="1234")

    assert reply.status in (400, 404)


@pytest.mark.parametrize("last4", ["", "123", "12345", "abcd", "１２３４", "12 4"])
def test_four_digits_are_four_digits(world: World, last4: str) -> None:
    reply = world.anyone.get("/v1/wishes/lookup", receipt="ABCDEFGH", phone_last4=last4)

    assert_problem(reply, 400, "bad_parameter")


@pytest.mark.parametrize(
    "path",
    ["/v1/wishes/x", "/v1/wishes/..", "/v1/wishes/%00", "/v1/wishes/" + quote("心愿"), "/v1/wishes/" + "A" * 3_000,
     "/v1/wishes/" + NOBODYS, "/v1/wishes/" + NOBODYS.lower(), "/v1/rounds/0", "/v1/rounds/-1", "/v1/rounds/01",
     "/v1/rounds/" + quote("٣"), "/v1/rounds/9999999", "/v1/claims/x", "/v1/claims/-", "/v1/claims/" + NOBODYS,
     f"/v1/claims/{NOBODYS}-", f"/v1/claims/{NOBODYS}-0", f"/v1/claims/{NOBODYS}-4", f"/v1/claims/{NOBODYS}-9999999",
     "/v1/accounts/x", "/v1/accounts/" + NOBODYS, "/v1/imports/x", "/v1/imports/" + NOBODYS,
     "/v1/rounds/999999/statistics", "/v1/rounds/999999/reports", f"/v1/wishes/{NOBODYS}/history"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert_problem(world.staff.administrator.get(path), 404, "not_found")


def test_every_wrong_field_is_named_in_one_answer(world: World) -> None:
    body = wish(world.round_id, kind="money", title="", team_size=-1, surprise=1)
    body["wisher"] = {"name": 5, "birth_year": "1948", "phone": "17000091234", "gender": "x"}
    body["consent"] |= {"process": "yes", "by": "somebody"}
    del body["story"]

    errors = assert_problem(world.staff.citizen.post("/v1/wishes", body), 422, "invalid_fields")

    assert set(errors) == {
        "kind", "title", "team_size", "surprise", "story", "wisher.name", "wisher.birth_year", "wisher.gender",
        "consent.process", "consent.by",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", 1), ("title", None), ("title", ["a"]), ("title", {"a": 1}), ("title", True), ("story", 1.5),
     ("team_size", "5"), ("team_size", 1.5), ("team_size", True), ("wisher", "秦"), ("wisher", []),
     ("consent", None), ("declared_by", True), ("circumstances", 1), ("round", 2)],
)  # fmt: skip
def test_a_wrong_type_is_named_with_its_field(world: World, field: str, value: object) -> None:
    errors = assert_problem(declare(world, **{field: value}), 422, "invalid_fields")

    assert field in errors


@pytest.mark.parametrize(
    "text", ["一\x00二", "一\x1f二", "一\x7f二", "一\u2028二", "一\u202e二", "一\ufffe二", "一\n二"]
)
def test_control_characters_are_refused_in_a_title(world: World, text: str) -> None:
    errors = assert_problem(declare(world, title=text), 422, "invalid_fields")

    assert errors == {"title": "含有不允许的字符"}


@pytest.mark.parametrize("text", ["一\x00二", "一\x1b[31m二", "一\x85二", "一\u202e二"])
def test_control_characters_are_refused_in_a_story_but_line_breaks_are_not(world: World, text: str) -> None:
    assert set(assert_problem(declare(world, story=text), 422, "invalid_fields")) == {"story"}
    assert declare(world, story="第一行\r\n第二行").json["story"] == "第一行\n第二行"


def test_control_characters_are_refused_deep_inside(world: World) -> None:
    body = wish(world.round_id)
    body["wisher"]["name"] = "秦\x07明"

    errors = assert_problem(world.staff.citizen.post("/v1/wishes", body), 422, "invalid_fields")

    assert set(errors) == {"wisher.name"}


@pytest.mark.parametrize("title", ["  ", "\u200b", "\u3000", "\t\n"])
def test_a_title_of_blanks_is_no_title(world: World, title: str) -> None:
    assert set(assert_problem(declare(world, title=title), 422, "invalid_fields")) == {"title"}


def test_a_story_may_have_2000_characters_and_not_one_more(world: World) -> None:
    assert declare(world, story="长" * 2_000).status == 201
    assert set(assert_problem(declare(world, story="长" * 2_001), 422, "invalid_fields")) == {"story"}


def test_a_story_of_a_megabyte_is_too_large(world: World) -> None:
    assert_problem(declare(world, story="x" * 1_000_000), 413, "too_large")


@pytest.mark.parametrize("phone", ["123", "abcdefg", "170000900011", "+1 555 0100", "1700009000a", "０００００"])
def test_a_phone_that_is_none_is_named(world: World, phone: str) -> None:
    body = wish(world.round_id)
    body["wisher"]["phone"] = phone

    errors = assert_problem(world.staff.citizen.post("/v1/wishes", body), 422, "invalid_fields")

    assert set(errors) == {"wisher.phone"}


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T00:00:00Z", "yesterday....", "2026-01-01T00:00:00", "2026-01-01 .........",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T25:00:00Z", "1767225600",
     "2026-01-01T00:00:00+99:00"],
)  # fmt: skip
def test_a_time_that_is_none_is_named(world: World, text: str) -> None:
    body = {"number": 777_777, "name": "第77期", "declare_from": text, "claim_from": text}
    body |= {"claim_until": "2027-01-01T00:00:00Z", "deliver_until": "2027-02-01T00:00:00Z"}

    errors = assert_problem(world.staff.administrator.post("/v1/rounds", body), 422, "invalid_fields")

    assert set(errors) == {"declare_from", "claim_from"}


@pytest.mark.parametrize("key", ["", " ", "a" * 201, "钥匙", "a b", "a\tb"])
def test_an_idempotency_key_takes_visible_characters(world: World, key: str) -> None:
    reply = world.staff.citizen.call("POST", "/v1/wishes", wish(world.round_id), headers={"Idempotency-Key": key})

    assert_problem(reply, 400, "bad_idempotency_key")


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1 --", "{0.__class__}", "%s%s%n", "${jndi:ldap://x}", "<script>alert(1)</script>", "../../etc", "=1+1"],
)
def test_text_that_means_something_elsewhere_is_only_text(world: World, text: str) -> None:
    assert declare(world, title=text).json["title"] == text


@pytest.mark.parametrize(
    ("header", "chinese"),
    [("", True), ("en", False), ("en-GB,en;q=0.9", False), ("zh-CN,zh;q=0.9,en;q=0.8", True), ("en; q=0.8", False),
     ("fr, en; q=0.1", False), ("fr", True), ("*", True), ("en;q=nonsense", True), (";;;,,,=", True),
     ("zh;q=0.1,en", False)],
)  # fmt: skip
def test_problems_speak_the_callers_language(world: World, header: str, chinese: bool) -> None:
    reply = world.anyone.call("POST", "/v1/auth/codes", {"phone": 5}, headers={"Accept-Language": header})

    assert reply.status == 422
    assert is_chinese(reply.json["detail"]) == chinese
    assert is_chinese(reply.json["title"]) == chinese
    assert is_chinese(reply.json["errors"][0]["message"]) == chinese


def test_an_empty_body_is_an_empty_object(world: World) -> None:
    reply = world.anyone.call("POST", "/v1/auth/codes")

    assert set(assert_problem(reply, 422, "invalid_fields")) == {"phone"}
