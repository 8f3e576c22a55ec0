"""The API's page: complete in both languages, escaped, and safe under a policy without inline script."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

import app
from chalicelib.base import openapi, web
from chalicelib.base.openapi_labels import LABELS
from chalicelib.base.openapi_page import render
from chalicelib.base.words import KINDS

# Other tests declare rooms of their own, which are none of the app's.
SERVED = [route for route in web.every_route() if route.method in app.app.routes.get(route.path, {})]
DOCUMENT = openapi.document(SERVED)
PAGES = {language: render(DOCUMENT, language) for language in ("zh-CN", "en")}
VOID = {"meta", "br", "link"}


class Reading(HTMLParser):
    """What a browser would find: tags in balance, ids, links, attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def targets(self, name: str) -> set[str]:
        return {value for key, value in self.attributes if key == name and value}


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest) -> str:
    """The page, in each language."""
    return PAGES[request.param]


def a_page(language: str = "en", **changes: Any) -> str:
    """The page of one route with what the test is about changed."""
    usual: dict[str, Any] = {
        "method": "GET", "path": "/v1/things", "room": "wishes", "audience": "anyone", "takes": None,
        "files": (), "query": None, "gives": {200: dict}, "refuses": (), "edits": False,
        "summary": "A thing.", "description": "", "name": "thing",
    }  # fmt: skip
    return render(openapi.document([web.Route(**(usual | changes))]), language)


def test_every_operation_has_its_place_on_the_page(page: str) -> None:
    names = [each["operationId"] for methods in DOCUMENT["paths"].values() for each in methods.values()]

    assert names
    assert set(names) <= set(Reading(page).ids)


def test_every_shape_and_every_code_has_its_place_on_the_page(page: str) -> None:
    ids = set(Reading(page).ids)

    assert {f"shape-{name}" for name in DOCUMENT["components"]["schemas"]} <= ids
    assert {"code-wish_already_claimed", "code-internal_error"} <= ids


def test_the_tags_are_in_balance_and_no_id_stands_twice(page: str) -> None:
    reading = Reading(page)

    assert reading.open == []
    assert len(reading.ids) == len(set(reading.ids))


def test_every_link_leads_somewhere_on_this_host(page: str) -> None:
    reading = Reading(page)

    assert reading.targets("href") - {"openapi.json"} <= {f"#{name}" for name in reading.ids}
    assert reading.targets("src") == set()
    assert "url(" not in page
    assert "@import" not in page


def test_nothing_on_the_page_can_run(page: str) -> None:
    reading = Reading(page)

    assert "script" not in reading.tags
    assert [name for name, _ in reading.attributes if name.startswith("on") or name == "style"] == []


def test_the_policy_of_the_page_lets_its_own_style_through_and_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page


def test_the_page_served_is_made_once_for_each_language() -> None:
    assert "<h1>微心愿 API" in openapi.page("zh-CN")
    assert "<h1>MicroWish API" in openapi.page("en")
    assert openapi.page("en") is openapi.page("en")


def test_headings_and_sentences_follow_the_language() -> None:
    chinese, english = PAGES["zh-CN"], PAGES["en"]

    assert '<html lang="zh-CN">' in chinese
    assert '<h2 id="wishes">心愿</h2>' in chinese
    assert "这个心愿已被认领" in chinese
    assert '<html lang="en">' in english
    assert '<h2 id="wishes">Wishes</h2>' in english
    assert "Somebody was faster" in english
    assert "请求内容" not in english


def test_every_room_and_every_audience_has_its_word_in_both_languages() -> None:
    rooms = {route.room for route in SERVED}
    roles = {role for route in SERVED for role in route.audience if isinstance(route.audience, frozenset)}

    assert (rooms | roles | {"anyone", "signed_in"}) - set(LABELS) == set()


def test_what_comes_from_the_code_is_escaped() -> None:
    page = a_page(summary="<script>alert(1)</script> & more.", description='"<b>"', path="/v1/<i>")

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more." in page
    assert "/v1/&lt;i&gt;" in page


def test_a_body_is_shown_with_the_fields_of_its_parts() -> None:
    declared = PAGES["en"].partition('id="declare_wish"')[2].partition("</details>")[0]

    assert "<code>wisher</code>" in declared
    assert "<code>birth_year</code>" in declared
    assert "1900–2100" in declared
    for kind in KINDS:
        assert f"<code>{kind}</code>" in declared


def test_a_claim_shows_who_may_what_is_asked_and_how_it_is_refused() -> None:
    claim = PAGES["zh-CN"].partition('id="claim_wish"')[2].partition("</details>")[0]
    words = "".join(Reading(f"<details {claim}</details>").words)

    assert "登录用户" in words
    assert "wish_id" in words
    assert "Idempotency-Key" in words
    assert "wish_already_claimed" in words
    assert "ClaimView" in words


def test_a_page_of_a_route_that_takes_a_file_says_so() -> None:
    assert "a file" in a_page(method="POST", files=("text/csv",))
    assert "文件" in a_page("zh-CN", method="POST", files=("text/csv",))
