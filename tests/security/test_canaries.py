"""Canaries: unmistakable words in every sensitive field, and everything that anybody else can reach searched for them.

Every GET route is walked for every reader with every id there is, lists and searches, exports and reports are
downloaded, acts are tried with wrong bodies, and the log is kept: a canary may turn up only where section 3 of
product.md lets it.
"""

import io
import json
import logging
import urllib.request
import zipfile
from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

import app
from chalicelib.accounts.actions import seed_account
from chalicelib.base import web
from tests.people import COMMITTEE, PLACE, Api, verification, wish
from tests.world import World

NAME, PHONE, ADDRESS = "尉迟金丝雀", "17000077701", "金丝雀巷九弄"
CONTACT, CONTACT_PHONE, RELATION = "司徒乙金丝", "17000077702", "金丝雀邻居"
DECLARER, WITNESS, DIFFICULTY, INCOME = (
    "诸葛丙金丝",
    "公孙丁金丝",
    "金丝雀重病",
    "9471183",
)  # five digits turn up by chance
PARTICULARS, VERIFIED = "金丝雀三十八码", "金丝雀核实备注"
ID_NUMBER = "110101194912310024"
CLAIMANT, CLAIMANT_PHONE, NOTE = "上官金主", "17000077703", "金主留言"
MESSAGE, DELIVERY = "金丝雀私信", "金主送达备注"

STAFF_ONLY: Final = (
    NAME, PHONE, ADDRESS, CONTACT, CONTACT_PHONE, RELATION, DECLARER, WITNESS, DIFFICULTY, INCOME, PARTICULARS,
    VERIFIED,
)  # fmt: skip
OF_THE_CLAIMANT: Final = (CLAIMANT, CLAIMANT_PHONE, NOTE, MESSAGE, DELIVERY)
EVERYTHING: Final = (*STAFF_ONLY, *OF_THE_CLAIMANT, ID_NUMBER)
OUTSIDE: Final = ("anonymous", "stranger", "elsewhere", "other_committee", "observer")
"""Readers to whom section 3 shows none of it. The citizen who declared and the claimant have rules of their own."""


class Told:
    """Everything a reader was answered, as one text a place."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def add(self, place: str, text: str) -> None:
        self.texts[place] = self.texts.get(place, "") + text

    def found(self, canaries: Iterable[str]) -> list[tuple[str, str]]:
        return [(canary, place) for place, text in self.texts.items() for canary in canaries if canary in text]


class Scene:
    """A wish full of canaries, its claim, and everybody who might look."""

    def __init__(self, world: World) -> None:
        self.world, staff = world, world.staff
        seed_account("17000077711", roles=["liaison"], subdistricts=["花木街道"])
        seed_account("17000077712", roles=["committee_worker"], committees=[(PLACE, "第九居民区")])
        seed_account(CLAIMANT_PHONE, name=CLAIMANT, claimant_type="party_member")
        self.claimant = world.anyone.sign_in(CLAIMANT_PHONE)
        self.readers = {
            "anonymous": world.anyone,
            "stranger": world.anyone.sign_in("17000077713"),
            "elsewhere": world.anyone.sign_in("17000077711"),
            "other_committee": world.anyone.sign_in("17000077712"),
            "observer": staff.observer,
            "claimant": self.claimant,
            "administrator": staff.administrator,
        }
        self.wish = self._declared()
        self.claim = ""

    def _declared(self) -> str:
        made = self.world.staff.worker.must("POST", "/v1/wishes", wish(
            self.world.round_id,
            wisher={"name": NAME, "gender": "female", "birth_year": 1949, "phone": PHONE, "address": ADDRESS,
                    "id_number": ID_NUMBER},
            contact={"name": CONTACT, "relation": RELATION, "phone": CONTACT_PHONE},
            circumstances={"difficulty": DIFFICULTY, "monthly_income": int(INCOME), "household_size": 1},
            declared_by={"name": DECLARER, "relation": RELATION},
            particulars=PARTICULARS,
            consent={"process": True, "publish_story": True, "share_contact": True, "photos": False, "by": "self",
                     "method": "spoken", "witness": WITNESS},
        ))  # fmt: skip
        return str(made["id"])

    def publish(self) -> None:
        local = self.world.staff.local
        local.must("POST", f"/v1/wishes/{self.wish}/verify", verification() | {"note": VERIFIED})
        local.must("POST", f"/v1/wishes/{self.wish}/publish", {})

    def claimed(self) -> None:
        claim = self.claimant.must("POST", f"/v1/wishes/{self.wish}/claim", {"message": NOTE})
        self.claim = str(claim["id"])
        self.claimant.must("POST", f"/v1/claims/{self.claim}/messages", {"text": MESSAGE})

    def introduced(self) -> None:
        self.world.staff.local.must("POST", f"/v1/claims/{self.claim}/introduce", {})

    def walk(self, reader: str, log: pytest.LogCaptureFixture) -> Told:
        """Every way in, for one reader."""
        told, caller = Told(), self.readers[reader]
        log.clear()
        for route in web.every_route():
            path = self._path(route.path)
            if route.method == "GET":
                for query in self._queries(route):
                    self._read(told, caller, route, path, query)
            elif route.path not in NOT_TRIED:
                # What is refused says why: an unknown field and a wrong type, so that nothing is done by it.
                reply = caller.call(route.method, path, {"x": NAME, "reason": 1}, version=1)
                told.add(f"{route.method} {route.path}", reply.text + json.dumps(dict(reply.headers)))
        told.add("the log", "\n".join(record.getMessage() for record in log.records))
        return told

    def _path(self, path: str) -> str:
        places = {
            "wish_id": self.wish, "claim_id": self.claim or f"{self.wish}-4", "round_id": self.world.round_id,
            "account_id": self.claimant.account, "member_id": self.claimant.account, "import_id": self.wish,
            "notification_id": self.wish, "request_id": self.wish,
        }  # fmt: skip
        for name, value in places.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, path
        return path

    def _queries(self, route: web.Route) -> list[dict[str, Any]]:
        here = self.world.round_id
        found: list[dict[str, Any]] = [{}]
        if route.path == "/v1/wishes":
            states = ("submitted", "verified", "published", "claimed", "delivered", "fulfilled", "withdrawn")
            found += [{"round": here, "state": state, "limit": 100} for state in states]
            found += [{"round": here, "q": word} for word in (NAME, "尉迟", PHONE, ADDRESS, PARTICULARS)]
        if route.path == "/v1/wishes/lookup":
            found = [{"receipt": "ABCD2345", "phone_last4": PHONE[-4:]}]
        if route.path.startswith("/v1/audit"):
            found = [{"subject": f"wish/{self.wish}"}]
        if route.path.startswith("/v1/desk"):
            found = [{"round": here}]
        return found

    def _read(self, told: Told, caller: Api, route: web.Route, path: str, query: dict[str, Any]) -> None:
        reply = caller.get(path, **query)
        text = reply.text + reply.raw.decode("utf-8", "replace") + json.dumps(dict(reply.headers), ensure_ascii=False)
        told.add(f"GET {route.path}", text)
        for each in _links(reply.json):
            with urllib.request.urlopen(each) as answer:
                told.add(f"a file of GET {route.path}", each + _unpacked(answer.read()))


NOT_TRIED: Final = {"/v1/auth/sign-out", "/v1/me/sign-out-everywhere", "/v1/me/wechat"}
"""They take no body to be wrong about, and would sign the reader out."""


def _links(answer: Any) -> list[str]:
    if isinstance(answer, list):
        return [link for each in answer for link in _links(each)]
    if not isinstance(answer, dict):
        return []
    here = [answer["url"]] if str(answer.get("url")).startswith("http") else []
    return here + [link for value in answer.values() for link in _links(value)]


def _unpacked(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    app.app.log.addHandler(caplog.handler)
    return caplog


def submitted(scene: Scene) -> None:
    """As it was declared."""


def published(scene: Scene) -> None:
    scene.publish()


def claimed(scene: Scene) -> None:
    scene.publish()
    scene.claimed()
    scene.world.staff.administrator.must("POST", f"/v1/rounds/{scene.world.round_id}/reports", {})


def introduced(scene: Scene) -> None:
    claimed(scene)
    scene.introduced()


def released(scene: Scene) -> None:
    introduced(scene)
    scene.claimant.must("POST", f"/v1/claims/{scene.claim}/release", {})


def revoked(scene: Scene) -> None:
    introduced(scene)
    scene.world.staff.local.must("POST", f"/v1/claims/{scene.claim}/revoke", {"reason": "联系不上"})


def hidden(scene: Scene) -> None:
    introduced(scene)
    scene.world.staff.local.must("POST", f"/v1/wishes/{scene.wish}/hide", {})


def fulfilled(scene: Scene) -> None:
    introduced(scene)
    scene.claimant.must("POST", f"/v1/claims/{scene.claim}/deliver", {"note": DELIVERY})
    scene.world.staff.local.must("POST", f"/v1/claims/{scene.claim}/confirm", {"method": "visit"})
    scene.world.staff.administrator.must("POST", f"/v1/rounds/{scene.world.round_id}/reports", {})


def closed(scene: Scene) -> None:
    fulfilled(scene)
    scene.world.close()


STAGES: Final[list[Callable[[Scene], None]]] = [
    submitted, published, claimed, introduced, released, revoked, hidden, fulfilled, closed,
]  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_nobody_outside_reaches_a_canary(scene: Scene, stage: Callable[[Scene], None], log: Any) -> None:
    stage(scene)

    found = {reader: scene.walk(reader, log).found(EVERYTHING) for reader in OUTSIDE}

    assert found == {reader: [] for reader in OUTSIDE}


@pytest.mark.parametrize("stage", [claimed, introduced, released, revoked, hidden, fulfilled])
def test_the_claimant_sees_what_an_introduction_opens_and_only_while_it_is_open(
    scene: Scene, stage: Callable[[Scene], None], log: Any
) -> None:
    stage(scene)
    opened = {
        introduced: {PHONE, CONTACT, CONTACT_PHONE, NAME, ADDRESS},
        hidden: {PHONE, CONTACT, CONTACT_PHONE, NAME, ADDRESS},
    }
    particulars = {PARTICULARS} if stage in (claimed, introduced, hidden, fulfilled) else set()

    seen = {canary for canary, place in scene.walk("claimant", log).found((*STAFF_ONLY, ID_NUMBER))}

    assert seen <= opened.get(stage, set()) | particulars
    assert (ADDRESS in seen) == (stage in opened)


def test_the_search_finds_canaries_where_they_may_be_seen(scene: Scene, log: Any) -> None:
    introduced(scene)

    seen = {canary for canary, _ in scene.walk("administrator", log).found(EVERYTHING)}

    # Whoever may see everything is answered all of it but the ID number, which nobody has: so the walk does look.
    assert seen == set(EVERYTHING) - {ID_NUMBER, DELIVERY}
    assert COMMITTEE


@pytest.mark.parametrize("reader", ["administrator", "claimant", "observer"])
def test_the_log_never_holds_a_canary_whoever_looks(scene: Scene, reader: str, log: Any) -> None:
    introduced(scene)

    told = scene.walk(reader, log)

    assert not [canary for canary in EVERYTHING if canary in told.texts["the log"]]


def test_what_is_erased_is_gone_for_everybody(scene: Scene, log: Any) -> None:
    closed(scene)
    administrator = scene.world.staff.administrator
    asked = administrator.must("POST", "/v1/privacy-requests", {"kind": "erase", "wish": scene.wish})
    administrator.must("POST", f"/v1/privacy-requests/{asked['id']}/answer", {"outcome": "done"})

    told = scene.walk("administrator", log)

    # Summaries made before are frozen; their full editions end with the bucket's thirty days (section 5).
    kept = {"a file of GET /v1/rounds/{round_id}/reports"}
    assert [found for found in told.found((*STAFF_ONLY, ID_NUMBER, MESSAGE, DELIVERY)) if found[1] not in kept] == []
