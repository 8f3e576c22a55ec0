"""Everything the functions do, once: each route, each schedule with something to do, the worker with messages to send.

A right that is needed only in some case wants its case here: what nobody walks counts as unused, and is taken away.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from chalicelib.accounts import standing
from chalicelib.base import clock, health, sealing, settings
from chalicelib.base.problems import Unavailable
from chalicelib.privacy.rules import months_later
from chalicelib.rounds import actions as rounds
from chalicelib.rounds import carrying, closing
from dev.schedules import Schedules
from dev.worker import Worker
from tests.conftest import forget_lists
from tests.imports.handmade import csv_bytes, good_wish
from tests.people import PLACE, Api, Staff, verification, wish
from tests.template.calls import Heard
from tests.uploads.forms import uploaded
from tests.uploads.photographs import photo
from tests.world import World

MORNING: Final = datetime(2031, 11, 24, 2, 0, tzinfo=UTC)
"""Ten on a Monday morning in Shanghai, when messages go out."""
CSV: Final = {"Content-Type": "text/csv"}


class Walk:
    """The steps, in an order in which each finds what it needs."""

    def __init__(self, anyone: Api, heard: Heard, worker: Worker, schedules: Schedules) -> None:
        self._anyone, self._heard, self._worker, self._schedules = anyone, heard, worker, schedules

    def go(self) -> None:
        """All of them."""
        with clock.pinned(MORNING):
            self.staff: Staff = self._anyone.staff()
            self.world = World(self.staff, self._anyone, self.staff.open_round(2))
            self._closed_round(1)
            self._sign_in_and_out()
            self._accounts()
            self._a_wish()
            self._claims()
            self._photos()
            self._waiting_and_offers()
            self._desk()
            self._imports_and_exports()
            self._privacy_and_audit()
            self._reports()
            for path in ("/health", "/docs", "/openapi.json", "/confirm.js"):
                self._anyone.must("GET", path)
            self._deliver()
        self._the_next_days()
        self._the_end()

    def fresh(self) -> None:
        """From now on a process that remembers nothing: what is held in memory is asked for again."""
        sealing.forget_keys()
        settings.forget_secrets()
        standing._remembered.clear()
        rounds._remembered.clear()
        forget_lists()
        health.forget()

    def schedule(self, name: str, **delta: float) -> Any:
        """Run a scheduled function so long after the morning, in a process of its own."""
        self.fresh()
        with self._heard.of(name):
            return self._schedules.run(name, MORNING + timedelta(**delta))

    def _deliver(self) -> None:
        self.fresh()
        while self._worker.work_once():
            pass

    def _closed_round(self, number: int) -> None:
        """A round that was, with a summary to compare the next one's with, and wishes that go on in it."""
        before = self.staff.open_round(number)
        self.staff.declared(before)
        kept = self.staff.published(before)["id"]
        self.staff.local.must("POST", f"/v1/wishes/{kept}/offer", {"account": self.staff.company.account})
        path = f"/v1/rounds/{before}"
        self.staff.administrator.must("POST", f"{path}/close", {}, key="close-before")
        self.staff.administrator.must("POST", f"{path}/carry-over", {"to": self.world.round_id}, key="carry-before")

    def _sign_in_and_out(self) -> None:
        somebody = self._anyone.sign_in("17000093001")
        self.fresh()
        somebody.must("GET", "/v1/me")
        somebody.must("PATCH", "/v1/me", {"name": "某人", "email": "somebody.there@example.org"})
        code = next(sent.code for sent in reversed(self._anyone.outbox) if sent.channel == "email")
        somebody.must("PATCH", "/v1/me", {"email_code": code, "channels": {"*": ["email"]}})
        somebody.must("DELETE", "/v1/me/wechat")
        for places in ([PLACE], []):
            somebody.must("PUT", "/v1/me/subscriptions", {"subdistricts": places, "categories": ["生活电器"]})
        somebody.must("GET", "/v1/me/subscriptions")
        self._anyone.must("POST", "/v1/auth/codes", {"phone": "17000093001"})
        code = next(sent.code for sent in reversed(self._anyone.outbox) if sent.to == "17000093001")
        assert self._anyone.post("/v1/auth/tokens", {"phone": "17000093001", "code": "000000"}).status == 401
        pair = self._anyone.must("POST", "/v1/auth/tokens", {"phone": "17000093001", "code": code})
        pair = self._anyone.must("POST", "/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})
        self._anyone.must("POST", "/v1/auth/sign-out", {"refresh_token": pair["refresh_token"]})
        somebody.must("POST", "/v1/me/sign-out-everywhere", {})

    def _accounts(self) -> None:
        administrator = self.staff.administrator
        body = {"phone": "17000093002", "claimant_type": "company", "name": "甲公司", "basis": "roster"}
        company = administrator.must("POST", "/v1/accounts", body, key="account")["id"]
        member = administrator.must("POST", f"/v1/accounts/{company}/members", {"phone": "17000093003"})["id"]
        administrator.must("GET", f"/v1/accounts/{company}/members")
        administrator.must("DELETE", f"/v1/accounts/{company}/members/{member}")
        applicant = self._anyone.sign_in("17000093004")
        applicant.must("PATCH", "/v1/me", {"claimant_type": "social_organisation", "organisation_name": "乙社"})
        administrator.must("GET", "/v1/accounts", applies_for="any")
        administrator.must("GET", "/v1/accounts", role="liaison")
        administrator.must("POST", f"/v1/accounts/{applicant.account}/application", {"decision": "grant"})
        version = administrator.must("GET", f"/v1/accounts/{member}")["version"]
        for change in ({"roles": ["observer"]}, {}):
            version = administrator.must("PUT", f"/v1/accounts/{member}", change, version=version)["version"]

    def _a_wish(self) -> None:
        world, staff = self.world, self.staff
        made = staff.citizen.must("POST", "/v1/wishes", wish(world.round_id, story="很长的话" * 200), key="declare")
        path = f"/v1/wishes/{made['id']}"
        staff.local.must("POST", f"{path}/return", {"reason": "请补充"})
        staff.citizen.must("PATCH", path, {"story": "家里的老书桌坏了" * 60}, version=2)
        staff.local.must("POST", f"{path}/verify", verification())
        staff.local.must("POST", f"{path}/publish", {})
        for hidden in (True, False):
            staff.local.must("POST", f"{path}/hide", {"hidden": hidden})
        for reader in (self._anyone, staff.local, staff.observer):
            reader.must("GET", path)
            reader.must("GET", "/v1/wishes", round=world.round_id)
        staff.local.must("GET", "/v1/wishes", round=world.round_id, state="submitted")
        self._anyone.must("GET", "/v1/wishes", round=world.round_id, kind="material")
        self._anyone.must("GET", "/v1/wishes", round=world.round_id, state="published")
        self._anyone.must("GET", "/v1/wishes/lookup", receipt=made["receipt"], phone_last4="1234")
        staff.local.must("GET", f"{path}/history")
        staff.citizen.must("GET", "/v1/me/wishes")
        staff.local.must("GET", f"{path}/consents")
        staff.local.must("POST", f"{path}/consents", {"photos": True, "by": "self", "method": "signed"})
        for act in ("reject", "withdraw"):
            other = world.declared()["id"]
            staff.local.must("POST", f"/v1/wishes/{other}/{act}", {"reason": "x", "reason_code": "unclear"})
        withdrawn, _ = world.claimed()
        staff.local.must("POST", f"/v1/wishes/{withdrawn}/withdraw", {"reason": "x"})

    def _claims(self) -> None:
        world, staff = self.world, self.staff
        made, claim = world.claimed(by=staff.member)
        path = f"/v1/claims/{claim}"
        assert staff.company.post(f"/v1/wishes/{made}/claim").code == "wish_already_claimed"
        staff.local.must("POST", f"{path}/introduce", {})
        staff.member.must("POST", f"{path}/progress", {"stage": "contacted"})
        staff.member.must("POST", f"{path}/extend", {})
        staff.member.must("POST", f"{path}/messages", {"text": "周六上午送到可以吗？"}, key="say")
        staff.local.must("POST", f"{path}/messages", {"text": "可以。", "to": "wisher"})
        staff.local.must("GET", f"{path}/messages")
        staff.worker.call("GET", f"{path}/slip")
        staff.member.must("POST", f"{path}/deliver", {})
        staff.local.must("POST", f"{path}/return", {"reason": "not_received"})
        staff.member.must("POST", f"{path}/deliver", {})
        staff.local.must("POST", f"{path}/confirm", {"method": "visit", "thanks": "谢谢你"})
        staff.local.must("POST", f"{path}/thanks", {"approve": True})
        staff.local.must("GET", path)
        for mine in ("claims", "standbys", "inbox"):
            staff.member.must("GET", f"/v1/me/{mine}")
        _, claim = world.claimed()
        staff.local.must("POST", f"/v1/claims/{claim}/revoke", {"reason": "联系不上"})
        _, claim = world.claimed()
        staff.company.must("POST", f"/v1/claims/{claim}/release", {})
        made = world.published()["id"]
        someone = {"name": "某人", "phone": "17000095555"}
        staff.local.must("POST", f"/v1/wishes/{made}/claim", {"on_behalf_of": someone})
        self._anyone.get("/confirm")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self._anyone.call("POST", "/confirm", raw=b"code=2222-2222-2222", headers=form)
        alone = wish("0")["wisher"] | {"phone": "17000093202"}  # whose account goes with the round
        _, claim = world.delivered(wisher=alone)
        slip = staff.worker.get(f"/v1/claims/{claim}/slip").text
        filled_in = {"code": "-".join(_letters(slip)), "phone": "17000093203"}
        self._anyone.must("POST", "/confirm", raw=urlencode(filled_in).encode(), headers=form)
        sms = next(sent.code for sent in reversed(self._anyone.outbox) if sent.to == "17000093203")
        self._anyone.must("POST", "/confirm", raw=urlencode(filled_in | {"sms": sms}).encode(), headers=form)

    def _photos(self) -> None:
        _, claim = self.world.claimed()
        company = self.staff.company
        keys = [uploaded(company, photo())]
        company.must("POST", f"/v1/claims/{claim}/deliver", {"photos": keys}, key="photos")
        _, claim = self.world.claimed()
        gone = [f"uploads/{company.account}/photo/{'0' * 26}"]
        assert company.post(f"/v1/claims/{claim}/deliver", {"photos": gone}).status == 422

    def _waiting_and_offers(self) -> None:
        world, staff = self.world, self.staff
        made, claim = world.claimed()
        path = f"/v1/wishes/{made}"
        waiting = [self._anyone.sign_in(f"1700009310{number}") for number in range(3)]
        for each in waiting:
            each.must("POST", f"{path}/standby", {})
        waiting[1].call("DELETE", f"{path}/standby")
        staff.company.must("POST", f"/v1/claims/{claim}/release", {})
        claim = waiting[0].must("POST", f"{path}/claim", {})["id"]
        waiting[0].must("POST", f"/v1/claims/{claim}/release", {})  # kept for the next in line, until the sweep
        other = world.published()["id"]
        staff.local.must("POST", f"/v1/wishes/{other}/offer", {"account": staff.company.account})
        staff.company.call("DELETE", f"/v1/wishes/{other}/offer")
        staff.local.must("POST", f"/v1/wishes/{other}/offer", {"phone": "17000090006"})

    def _desk(self) -> None:
        local = self.staff.local
        local.must("GET", "/v1/desk", round=self.world.round_id)
        local.must("GET", "/v1/desk/forgotten", round=self.world.round_id)
        made = [self.world.declared()["id"] for _ in range(2)]
        local.must("POST", "/v1/desk/batch", {"act": "verify", "items": made, "body": verification()}, key="many")
        local.must("POST", "/v1/desk/batch", {"act": "publish", "items": made})
        for each in made:
            self.staff.company.must("POST", f"/v1/wishes/{each}/claim", {})
        local.must("POST", "/v1/desk/batch", {"act": "remind", "items": made}, key="remind")

    def _imports_and_exports(self) -> None:
        administrator, round_id = self.staff.administrator, self.world.round_id
        query = {"kind": "wishes", "round": round_id}
        self.fresh()
        register = csv_bytes([good_wish(number) for number in range(1, 4)])
        administrator.must("POST", "/v1/imports", raw=register, headers=CSV, key="import", **query)
        changed = csv_bytes([good_wish(1, 心愿名称="一张书桌")])
        administrator.call("POST", "/v1/imports", raw=changed, headers=CSV, **query)
        administrator.must("POST", "/v1/exports", {"round": round_id})
        administrator.call("GET", "/v1/imports/template.xlsx", kind="wishes")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMPORT_WAIT_SECONDS", "0")  # it goes on as a job
            late = csv_bytes([good_wish(number, 联系电话="17000093201") for number in range(21, 24)])
            administrator.must("POST", "/v1/imports", raw=late, headers=CSV, **query)
        content = csv_bytes([good_wish(number, 联系电话="17000093200") for number in range(11, 14)])
        key = uploaded(administrator, content, "text/csv", purpose="import")
        self._job = administrator.must("POST", "/v1/imports", {"key": key}, key="job", **query)["id"]
        administrator.must("GET", f"/v1/imports/{self._job}")

    def _privacy_and_audit(self) -> None:
        administrator, path = self.staff.administrator, "/v1/privacy-requests"
        erased, claim = self.world.claimed()
        self.staff.company.must("POST", f"/v1/claims/{claim}/messages", {"text": "您好"})
        keys = [uploaded(self.staff.company, photo())]
        self.staff.company.must("POST", f"/v1/claims/{claim}/deliver", {"photos": keys})
        for kind in ("see", "copy", "erase"):
            asked = administrator.must("POST", path, {"kind": kind, "wish": erased})["id"]
            administrator.must("POST", f"{path}/{asked}/answer", {"outcome": "done"})
        leaver = self._anyone.sign_in("17000093110")
        made = self.world.published()["id"]
        mine = leaver.must("POST", f"/v1/wishes/{made}/claim", {})["id"]
        leaver.must("POST", f"/v1/claims/{mine}/release", {})
        self.staff.member.must("POST", f"/v1/wishes/{made}/claim", {})
        leaver.must("POST", f"/v1/wishes/{made}/standby", {})
        for kind in ("see", "erase"):
            asked = leaver.must("POST", "/v1/me/privacy-requests", {"kind": kind})["id"]
            leaver.must("GET", "/v1/me/privacy-requests")
            administrator.must("GET", f"{path}/{asked}")
            administrator.must("POST", f"{path}/{asked}/answer", {"outcome": "done"})
        administrator.must("POST", path, {"kind": "complain", "note": "等了太久"})  # overdue for the retention's run
        administrator.must("GET", path)
        for what in ("", "/verify", "/export"):
            administrator.must("GET", f"/v1/audit{what}", subject=f"wish/{erased}")
        administrator.must("GET", "/v1/notifications", state="failed")
        assert administrator.post(f"/v1/notifications/{erased}/retry").status == 404

    def _reports(self) -> None:
        administrator, path = self.staff.administrator, f"/v1/rounds/{self.world.round_id}"
        self.fresh()
        self._anyone.must("GET", path)
        self._anyone.must("GET", "/v1/rounds")
        self._anyone.must("GET", f"{path}/statistics")
        administrator.must("PATCH", path, {"name": "第二期"}, version=administrator.must("GET", path)["version"])
        later = {"deliver_until": clock.stamp(MORNING + timedelta(days=61))}
        administrator.must("PATCH", path, later, version=administrator.must("GET", path)["version"])
        administrator.must("POST", f"{path}/reports", {}, key="report")
        administrator.must("GET", f"{path}/reports")

    def _the_next_days(self) -> None:
        self.schedule("imports")
        self.schedule("summaries")
        self.schedule("sweep", minutes=5)  # due times follow the changed date once more
        self.schedule("reminders", days=1, hours=1)
        for days in (1, 6, 9):
            self.schedule("sweep", days=days, hours=2)

    def _the_end(self) -> None:
        administrator, round_id = self.staff.administrator, self.world.round_id
        with clock.pinned(MORNING + timedelta(days=9)):
            administrator = self._anyone.sign_in("17000090001")
            local = self._anyone.sign_in("17000090003")
            self.staff.administrator, self.staff.local = administrator, local
            self.staff.citizen = self._anyone.sign_in("17000090008")
            next_round = self.staff.open_round(3)
            waiting = self.staff.published(round_id)["id"]
            local.must("POST", f"/v1/wishes/{waiting}/offer", {"account": self.staff.company.account})
            self._cut_off(closing._Settling, f"/v1/rounds/{round_id}/close", {})
        self.schedule("sweep", days=9, minutes=2)
        with clock.pinned(MORNING + timedelta(days=9, minutes=2)):
            self._cut_off(carrying._Carrying, f"/v1/rounds/{round_id}/carry-over", {"to": next_round})
        self.schedule("sweep", days=9, minutes=5)
        self.fresh()
        with self._heard.of("retention"):
            self._schedules.run("retention", clock.moment(months_later(clock.stamp(MORNING + timedelta(days=10)), 13)))

    def _cut_off(self, work: type[Any], path: str, body: dict[str, str]) -> None:
        """A request that dies once its round is marked: the rest is the sweep's."""

        def die(_: Any) -> None:
            raise Unavailable("died")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(work, "run", die)
            assert Api(self.staff.administrator.token).post(path, body).status == 503


def _letters(page: str) -> list[str]:
    return re.findall(r"<span>([2-9A-Z]{4})</span>", page)
