"""What every access pattern costs, measured on the local AWS and held against docs/data-model.md."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chalicelib.accounts import standing
from chalicelib.base import clock
from chalicelib.claims import timekeeping
from chalicelib.reminders import actions as reminders
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import numbers
from chalicelib.wishes import listing
from dev.meter import Meter, metered
from tests.costs import many_wishes
from tests.people import Api, Staff, verification, wish
from tests.uploads import forms, photographs

pytestmark = pytest.mark.races

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "data-model.md"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \|.*\| ([0-9.]+) \| ([0-9.]+) \|$", re.MULTILINE)
DOCUMENTED = {name: (float(read), float(write)) for name, read, write in ROW.findall(DOCUMENT.read_text())}
OF_A_REGISTER = 414


class Spent(NamedTuple):
    """What an act cost: read and write units, and the calls that wrote (one transaction or one item each)."""

    read: float
    write: float
    writing_calls: int


class Ledger:
    """Measures acts by name, each in a process that remembers nothing."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}

    @contextmanager
    def of(self, name: str, per: int = 1) -> Iterator[Meter]:
        """Measure the block; `per`: the number of things done in it, to note the cost of one."""
        _forget()
        with metered() as meter:
            yield meter
        self.spent[name] = Spent(round(meter.read / per, 1), round(meter.write / per, 1), len(meter.writes))


def _forget() -> None:
    """As a fresh Lambda, but for its clients and keys."""
    for memory in (standing._remembered, rounds._remembered, numbers._held):
        memory.clear()
    for memory in (listing._snapshots, listing._moved, listing._stories):
        memory.clear()


@contextmanager
def _a_minute_later() -> Iterator[None]:
    """So that the reminder of what is done now is not due in the same second as the one before."""
    with clock.pinned(clock.now() + timedelta(minutes=1)):
        yield


@pytest.fixture(scope="module", autouse=True)
def every_day_is_a_working_day() -> Iterator[None]:
    """Reminders are due at another time then than at the end of the same weekend, which would be a write less."""
    with pytest.MonkeyPatch.context() as patch:
        year = clock.now().year
        patch.setenv("WORKED_DAYS", f"{year}-01-01/{year + 1}-12-31")
        yield


@pytest.fixture(scope="module")
def spent(anyone: Api, staff: Staff, round_id: str) -> dict[str, Spent]:
    """Everything measured once, in an order in which each finds what it needs."""
    ledger = Ledger()
    _measure_registers(ledger, anyone, staff)
    _measure_rounds_and_accounts(ledger, anyone, staff)
    _measure_a_wish(ledger, anyone, staff, round_id)
    _measure_a_claim(ledger, staff, round_id)
    _measure_batches(ledger, staff, round_id)
    _measure_thanks(ledger, staff, round_id)
    _measure_endings(ledger, staff, round_id)
    _measure_what_is_kept(ledger, staff, round_id)
    _measure_the_clock(ledger, staff, round_id)
    _measure_privacy(ledger, staff, round_id)
    _measure_carrying(ledger, staff)
    _measure_a_big_round(ledger, anyone, staff)
    return ledger.spent


def _measure_registers(ledger: Ledger, anyone: Api, staff: Staff) -> None:
    first = staff.open_round(1, declare_from="2016-01-01T00:00:00Z")

    def bring_in(kind: str, name: str) -> None:
        content = (many_wishes.REGISTER if kind == "wishes" else many_wishes.CLAIMS).read_bytes()
        with ledger.of(name, OF_A_REGISTER):
            staff.administrator.must(
                "POST", "/v1/imports", raw=content, headers={"Content-Type": "text/csv"}, kind=kind, round=first
            )

    bring_in("wishes", "import-wish")
    bring_in("wishes", "import-wish-unchanged")
    with ledger.of("export-wish", OF_A_REGISTER):
        staff.administrator.must("POST", "/v1/exports", {"round": first})
    bring_in("claims", "import-claim")
    with ledger.of("statistics-414"):
        anyone.must("GET", f"/v1/rounds/{first}/statistics")
    with ledger.of("statistics-fresh"):
        anyone.must("GET", f"/v1/rounds/{first}/statistics")
    with ledger.of("filtered-50"):
        assert len(anyone.must("GET", "/v1/wishes", round=first, kind="material")["items"]) == 50
    with ledger.of("desk-414"):
        staff.liaison.must("GET", "/v1/desk", round=first)
    with ledger.of("forgotten-414"):
        staff.liaison.must("GET", "/v1/desk/forgotten", round=first)
    with ledger.of("report-414"):
        staff.administrator.must("POST", f"/v1/rounds/{first}/reports", key="report")


def _measure_rounds_and_accounts(ledger: Ledger, anyone: Api, staff: Staff) -> None:
    with ledger.of("open-round"):
        staff.open_round(7)
    with ledger.of("current-round"):
        anyone.must("GET", "/v1/rounds/current")
    with ledger.of("first-sign-in"):
        anyone.sign_in("17100091234")
    with ledger.of("sign-in"):
        anyone.sign_in("17100091234")
    with ledger.of("grant"):
        staff.administrator.must("PUT", f"/v1/accounts/{staff.citizen.account}", {"roles": ["observer"]}, version=1)
    staff.administrator.must("PUT", f"/v1/accounts/{staff.citizen.account}", {"roles": []}, version=2)
    with ledger.of("add-member"):
        body = {"account": staff.citizen.account}
        staff.administrator.must("POST", f"/v1/accounts/{staff.company.account}/members", body)
    with ledger.of("show-account"):
        staff.administrator.must("GET", f"/v1/accounts/{staff.citizen.account}")
    code = _code(anyone, "17100091234")
    pair = anyone.must("POST", "/v1/auth/tokens", {"phone": "17100091234", "code": code})
    with ledger.of("refresh"):
        anyone.must("POST", "/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})


def _code(anyone: Api, phone: str) -> str:
    anyone.must("POST", "/v1/auth/codes", {"phone": phone})
    return str(next(sent.code for sent in reversed(anyone.outbox) if sent.to == phone))


def _measure_a_wish(ledger: Ledger, anyone: Api, staff: Staff, round_id: str) -> None:
    with ledger.of("declare"):
        made = staff.citizen.must("POST", "/v1/wishes", wish(round_id), key="declare")
    path = f"/v1/wishes/{made['id']}"
    with ledger.of("edit"):
        staff.citizen.must("PATCH", path, {"title": "一个新电饭煲"}, version=1)
    with _a_minute_later(), ledger.of("verify"):
        staff.local.must("POST", f"{path}/verify", verification(), key="verify")
    with ledger.of("publish"):
        staff.local.must("POST", f"{path}/publish", {}, key="publish")
    with ledger.of("hide"):
        staff.local.must("POST", f"{path}/hide", {}, key="hide")
    staff.local.must("POST", f"{path}/hide", {"hidden": False})
    with ledger.of("show-wish"):
        anyone.must("GET", path)
    with ledger.of("show-wish-in-full"):
        staff.local.must("GET", path)
    with ledger.of("audit-page"):
        staff.administrator.must("GET", "/v1/audit", subject=f"wish/{made['id']}")
    with ledger.of("track"):
        anyone.must("GET", "/v1/wishes/lookup", receipt=made["receipt"], phone_last4="1234")
    with ledger.of("my-wishes-1"):
        staff.citizen.must("GET", "/v1/me/wishes")
    other = staff.declared(round_id)["id"]
    with ledger.of("return"):
        staff.local.must("POST", f"/v1/wishes/{other}/return", {"reason": "请补充"}, key="return")


def _measure_a_claim(ledger: Ledger, staff: Staff, round_id: str) -> None:
    made = staff.published(round_id)["id"]
    with ledger.of("claim-won"):
        claim = staff.member.must("POST", f"/v1/wishes/{made}/claim", {}, key="claim")
    with ledger.of("claim-again"):
        staff.member.must("POST", f"/v1/wishes/{made}/claim", {})
    with ledger.of("claim-lost"):
        assert staff.company.post(f"/v1/wishes/{made}/claim").code == "wish_already_claimed"
    with ledger.of("claim-lost-for-organisation"):
        body = {"for_organisation": staff.company.account}
        assert staff.citizen.post(f"/v1/wishes/{made}/claim", body).code == "wish_already_claimed"
    steps: list[tuple[str, Api, str, dict[str, Any]]] = [
        ("progress", staff.member, "progress", {"stage": "contacted"}),
        ("introduce", staff.local, "introduce", {}),
        ("extend", staff.member, "extend", {}),
        ("deliver", staff.member, "deliver", {}),
        ("not-received", staff.local, "return", {"reason": "not_received"}),
    ]
    for name, who, act, body in steps:
        with ledger.of(name):
            who.must("POST", f"/v1/claims/{claim['id']}/{act}", body, key=name)
    _measure_people(ledger, staff, claim["id"])
    with ledger.of("confirm"):
        staff.local.must("POST", f"/v1/claims/{claim['id']}/confirm", {"method": "phone"}, key="confirm")
    with ledger.of("show-claim"):
        staff.local.must("GET", f"/v1/claims/{claim['id']}")
    with ledger.of("history"):
        staff.local.must("GET", f"/v1/wishes/{made}/history")
    with ledger.of("my-claims-1"):
        staff.member.must("GET", "/v1/me/claims")
    with ledger.of("inbox"):
        staff.member.must("GET", "/v1/me/inbox")


def _measure_batches(ledger: Ledger, staff: Staff, round_id: str) -> None:
    made = [staff.declared(round_id)["id"] for _ in range(10)]
    with _a_minute_later(), ledger.of("batch-verify", 10):
        staff.local.must("POST", "/v1/desk/batch", {"act": "verify", "items": made, "body": verification()}, key="many")
    staff.local.must("POST", "/v1/desk/batch", {"act": "publish", "items": made})
    for each in made:
        staff.company.must("POST", f"/v1/wishes/{each}/claim", {})
    with ledger.of("batch-remind", 10):
        staff.local.must("POST", "/v1/desk/batch", {"act": "remind", "items": made}, key="remind")


def _measure_carrying(ledger: Ledger, staff: Staff) -> None:
    old, new = staff.open_round(11), staff.open_round(12)
    for _ in range(10):
        staff.published(old)
    staff.administrator.must("POST", f"/v1/rounds/{old}/close", {})
    with ledger.of("carry-over", 10):
        staff.administrator.must("POST", f"/v1/rounds/{old}/carry-over", {"to": new}, key="carry")


def _measure_people(ledger: Ledger, staff: Staff, claim: str) -> None:
    """What people do around a claim: messages, a delivery with a photo, the slip."""
    path = f"/v1/claims/{claim}"
    with ledger.of("message"):
        staff.member.must("POST", f"{path}/messages", {"text": "周六上午送到可以吗？"}, key="message")
    with ledger.of("messages-1"):
        staff.local.must("GET", f"{path}/messages")
    with ledger.of("upload"):
        form = staff.member.must("POST", "/v1/uploads", {"content_type": "image/jpeg"}, key="upload")
    assert forms.send(form, photographs.photo()) == 201
    with ledger.of("deliver-with-photo"):
        staff.member.must("POST", f"{path}/deliver", {"photos": [form["key"]]}, key="deliver-photo")
    with ledger.of("slip"):
        staff.worker.must("GET", f"{path}/slip")


def _measure_thanks(ledger: Ledger, staff: Staff, round_id: str) -> None:
    _, claim = staff.claimed(round_id)
    staff.member.must("POST", f"/v1/claims/{claim['id']}/deliver", {})
    staff.local.must("POST", f"/v1/claims/{claim['id']}/confirm", {"method": "visit", "thanks": "谢谢大家"})
    with ledger.of("thanks"):
        staff.local.must("POST", f"/v1/claims/{claim['id']}/thanks", {"approve": True}, key="thanks")


def _measure_endings(ledger: Ledger, staff: Staff, round_id: str) -> None:
    _, claim = staff.claimed(round_id)
    with ledger.of("release"):
        staff.member.must("POST", f"/v1/claims/{claim['id']}/release", {}, key="release")
    _, claim = staff.claimed(round_id)
    with ledger.of("revoke"):
        staff.local.must("POST", f"/v1/claims/{claim['id']}/revoke", {"reason": "联系不上"}, key="revoke")
    made, _ = staff.claimed(round_id)
    with ledger.of("withdraw-claimed"):
        staff.local.must("POST", f"/v1/wishes/{made['id']}/withdraw", {"reason": "已搬走"}, key="withdraw")
    with clock.pinned(clock.moment(_morning(1))), ledger.of("sweep-idle"):
        reminders.sweep()


def _measure_what_is_kept(ledger: Ledger, staff: Staff, round_id: str) -> None:
    made, claim = staff.claimed(round_id)
    path = f"/v1/wishes/{made['id']}"
    with ledger.of("standby"):
        staff.company.must("POST", f"{path}/standby", {}, key="standby")
    with ledger.of("my-standbys-1"):
        staff.company.must("GET", "/v1/me/standbys")
    with ledger.of("release-to-next"):
        staff.member.must("POST", f"/v1/claims/{claim['id']}/release", {}, key="release-to-next")
    with ledger.of("claim-kept"):
        claim = staff.company.must("POST", f"{path}/claim", {}, key="claim-kept")
    staff.company.must("POST", f"/v1/claims/{claim['id']}/release", {})
    with ledger.of("offer"):
        staff.local.must("POST", f"{path}/offer", {"account": staff.company.account}, key="offer")
    with clock.pinned(clock.moment(clock.later(clock.stamp(), minutes=1))), ledger.of("decline"):
        assert staff.company.call("DELETE", f"{path}/offer").status == 204


def _measure_the_clock(ledger: Ledger, staff: Staff, round_id: str) -> None:
    timekeeping.run(clock.later(clock.stamp(), days=20), 60)  # whatever the measurements before have left
    staff.claimed(round_id)
    with ledger.of("look-announced"):
        assert timekeeping.run(clock.stamp(), 60)["looks"] == 1
    for name, days in (("look-no-contact", 1), ("look-expiring", 5), ("look-expired", 7)):
        at = clock.later(clock.stamp(), days=days, hours=1)
        with ledger.of(name):
            assert timekeeping.run(at, 60) == {"looks": 1, "failed": 0}


def _measure_privacy(ledger: Ledger, staff: Staff, round_id: str) -> None:
    made, path = staff.published(round_id)["id"], "/v1/privacy-requests"
    body = {"photos": True, "by": "self", "method": "signed"}
    with ledger.of("record-consent"):
        staff.local.must("POST", f"/v1/wishes/{made}/consents", body, key="consent")
    with ledger.of("privacy-request"):
        asked = staff.administrator.must("POST", path, {"kind": "see", "wish": made}, key="ask")["id"]
    with ledger.of("answer-see"):
        staff.administrator.must("POST", f"{path}/{asked}/answer", {"outcome": "done"}, key="see")
    asked = staff.administrator.must("POST", path, {"kind": "erase", "wish": made})["id"]
    with ledger.of("erase-wish"):
        staff.administrator.must("POST", f"{path}/{asked}/answer", {"outcome": "done"}, key="erase")
    with ledger.of("retention-idle"):
        reminders.retain()


def _measure_a_big_round(ledger: Ledger, anyone: Api, staff: Staff) -> None:
    now, before = clock.stamp(), clock.later(clock.stamp(), days=-30)
    big = staff.open_round(9, expected_wishes=20_000, declare_from=before, claim_from=before)
    shards = rounds.get(big).shards
    many_wishes.store(big, range(1_000), shards, now)
    _remind(ledger, "remind-10-of-1000", big, range(1_000, 1_010), days_ago=5)
    many_wishes.store(big, range(1_010, 5_140), shards, now)
    # The same ten rows of the register as before, so that the digests speak of the same places.
    _remind(ledger, "remind-10-of-5000", big, range(5_140, 5_150), days_ago=4)
    many_wishes.store(big, range(5_150, 20_000), shards, now, only_lines=True)
    with ledger.of("wall-50"):
        assert len(anyone.must("GET", "/v1/wishes", round=big, state="published")["items"]) == 50
    with ledger.of("statistics-20000"):
        assert anyone.must("GET", f"/v1/rounds/{big}/statistics")["collected"] == 20_000


def _morning(days_ago: int) -> str:
    """Ten o'clock in Shanghai: by day, messages may go out, and at night nobody even looks for them."""
    return f"{clock.later(clock.stamp(), days=-days_ago)[:10]}T02:00:00Z"


def _remind(ledger: Ledger, name: str, big: str, numbers: range, days_ago: int) -> None:
    """A run on a morning some days ago with ten wishes due; all others of the round wait for tomorrow."""
    morning = _morning(days_ago)
    many_wishes.store(big, numbers, rounds.get(big).shards, clock.later(morning, days=-1), all_open=True)
    with clock.pinned(clock.moment(morning)), ledger.of(name):
        assert reminders.remind()["due"] == 10


def test_every_measured_act_is_documented_and_every_documented_act_is_measured(spent: dict[str, Spent]) -> None:
    assert sorted(spent) == sorted(DOCUMENTED)


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_the_document_says_what_an_act_costs(name: str, spent: dict[str, Spent]) -> None:
    assert (spent[name].read, spent[name].write) == DOCUMENTED[name]


def test_a_won_claim_is_one_transaction_of_ten_write_units_at_most(spent: dict[str, Spent]) -> None:
    assert spent["claim-won"].write <= 10
    assert spent["claim-won"].writing_calls == 1


def test_a_lost_claim_is_half_a_read_unit_and_no_write(spent: dict[str, Spent]) -> None:
    assert spent["claim-lost"] == spent["claim-lost-for-organisation"] == (0.5, 0, 0)


def test_the_numbers_of_a_round_stay_within_their_read_units(spent: dict[str, Spent]) -> None:
    assert spent["statistics-414"].read <= 9
    assert spent["statistics-20000"].read <= 450


def test_a_reminder_run_costs_the_same_however_many_wishes_are_stored(spent: dict[str, Spent]) -> None:
    assert spent["remind-10-of-1000"] == spent["remind-10-of-5000"]
