"""Random acts of random people, on the real thing and on a plain model of section 2; after every step the two agree.

`MODEL_STEPS=20000 pytest tests/model` runs longer than the suite does.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chalicelib.accounts import tokens
from chalicelib.base import clock
from chalicelib.claims import records as claims
from chalicelib.claims import timekeeping
from tests.model.plain import DAY, STAGES, Model, Plain, Said
from tests.people import Api, Reply, Staff, verification, wish

STEPS_AN_EXAMPLE = 50
EXAMPLES = int(os.environ.get("MODEL_STEPS", "2000")) // STEPS_AN_EXAMPLE
SEVERAL_YEARS = 5 * 366 * 24 * 3600
CAPS = {"member": 1, "stranger": 1, "company": 3}
CLAIMANTS = st.sampled_from(sorted(CAPS))
CODES = {"not_found": 404, "forbidden": 403}
"""The statuses of refusals; all others are 409."""
_rounds = count(500)
Expect = Callable[[Plain, datetime], Said]


class World:
    """The people of a run: signed in for years, because a run's days pass in seconds."""

    def __init__(self, anyone: Api) -> None:
        self.anyone = anyone
        self.staff: Staff = anyone.staff()
        self.claimants = {
            "member": self.staff.member,
            "company": self.staff.company,
            "stranger": anyone.sign_in("17000090019"),
        }
        for api in (*vars(self.staff).values(), *self.claimants.values()):
            api.token = tokens.sign("access", api.account, 0, seconds=SEVERAL_YEARS)


class Life(RuleBasedStateMachine):
    """Some wishes of one round."""

    world: World

    @initialize()
    def a_round_opens(self) -> None:
        self.now = datetime(2031, 3, 1, 2, 0, tzinfo=UTC)
        self.model = Model(CAPS)
        with self.at_that_time():
            self.round = self.world.staff.open_round(
                next(_rounds), claim_until=clock.stamp(self.now + timedelta(days=300)),
                deliver_until=clock.stamp(self.now + timedelta(days=330)),
            )  # fmt: skip
            for _ in range(2):
                self.declared()
            self.claimable()

    @contextmanager
    def at_that_time(self) -> Iterator[datetime]:
        """Every act has a second of its own."""
        self.now += timedelta(seconds=1)
        with clock.pinned(self.now):
            yield self.now

    def declared(self) -> str:
        made = self.world.staff.citizen.must("POST", "/v1/wishes", wish(self.round))
        self.model.wishes[made["id"]] = Plain()
        return str(made["id"])

    def claimable(self) -> None:
        """A wish brought as far as most people ever see one."""
        one = self.declared()
        for path, body, act in (("verify", verification(), self.model.verify), ("publish", {}, self.model.publish)):
            self.world.staff.local.must("POST", f"/v1/wishes/{one}/{path}", body)
            assert act(self.model.wishes[one]) == "done"

    def one_of(self, number: int) -> tuple[str, Plain]:
        ids = list(self.model.wishes)
        found = ids[number % len(ids)]
        return found, self.model.wishes[found]

    def tried(
        self, number: int, expect: Callable[[Plain, datetime], Said], act: Callable[[str, Plain], Reply]
    ) -> Reply:
        """One act on one wish, on both; and the comparison."""
        with self.at_that_time() as at:
            found, plain = self.one_of(number)
            reply = act(found, plain)
            said = expect(plain, at)
            if said in ("done", "same"):
                assert reply.status < 300, (said, reply.status, reply.json)
            else:
                assert (reply.status, reply.code) == (CODES.get(said, 409), said), (said, reply.status, reply.json)
            self.agree(found, plain)
        return reply

    def on_claim(self, number: int, who: Api, path: str, body: Any, expect: Expect) -> None:
        """An act on the standing claim of a wish that has one."""
        _, plain = self.one_of(number)
        if plain.claims and plain.state in ("claimed", "delivered", "fulfilled"):
            self.tried(number, expect, lambda _, held: who.post(f"/v1/claims/{held.claims[-1]}/{path}", body))

    def agree(self, found: str, plain: Plain) -> None:
        """State, claim, history, public view, what counts against each cap, and figures."""
        admin, anyone = self.world.staff.administrator, self.world.anyone
        full = admin.must("GET", f"/v1/wishes/{found}")
        assert (full["state"], full["hidden"]) == (plain.state, plain.hidden)
        history = admin.must("GET", f"/v1/wishes/{found}/history", limit=100)["items"]
        assert [line["act"] for line in reversed(history)] == plain.acts
        assert [line["version"] for line in history] == list(range(len(history), 0, -1))
        claim = full["claim"]
        if plain.state in ("claimed", "delivered"):
            expires = clock.stamp(plain.expires) if plain.expires and plain.state == "claimed" else None
            assert (claim["id"], claim["stage"], claim["expires_at"]) == (plain.claims[-1], plain.stage, expires)
        public = anyone.get(f"/v1/wishes/{found}")
        assert (public.status, public.json.get("state")) == ((200, plain.state) if plain.is_public else (404, None))
        for name, api in self.world.claimants.items():
            held = self.model.wishes.keys() & claims.live(api.account)
            assert held == self.model.held(name)
        shown = anyone.must("GET", f"/v1/rounds/{self.round}/statistics")
        assert {name: shown[name] for name in self.model.figures()} == self.model.figures()

    @rule(claimable=st.booleans())
    @precondition(lambda self: len(self.model.wishes) < 6 and not self.model.closed)
    def declare(self, claimable: bool) -> None:
        with self.at_that_time():
            self.claimable() if claimable else self.declared()

    @rule(n=st.integers(0, 5), act=st.sampled_from(["verify", "return", "reject", "publish"]))
    def review(self, n: int, act: str) -> None:
        expect = {"verify": self.model.verify, "return": self.model.send_back, "reject": self.model.reject}
        decided = expect.get(act, self.model.publish)
        bodies = {"verify": verification(), "publish": {}}
        body = bodies.get(act, {"reason": "请补充"})
        self.tried(
            n,
            lambda plain, _: decided(plain),
            lambda one, _: self.world.staff.local.post(f"/v1/wishes/{one}/{act}", body),
        )

    @rule(n=st.integers(0, 5))
    def edit(self, n: int) -> None:
        def act(one: str, _: Plain) -> Reply:
            citizen = self.world.staff.citizen
            version = citizen.must("GET", f"/v1/wishes/{one}")["version"]
            return citizen.call("PATCH", f"/v1/wishes/{one}", {"title": "一口锅"}, version=version)

        self.tried(n, lambda plain, _: self.model.edit(plain), act)

    @rule(n=st.integers(0, 5), hidden=st.booleans())
    def hide(self, n: int, hidden: bool) -> None:
        self.tried(
            n,
            lambda plain, _: self.model.hide(plain, hidden),
            lambda one, _: self.world.staff.local.post(f"/v1/wishes/{one}/hide", {"hidden": hidden}),
        )

    @rule(n=st.integers(0, 5), who=CLAIMANTS)
    def claim(self, n: int, who: str) -> None:
        _, plain = self.one_of(n)
        held = plain.claims[-1] if plain.claims else ""
        reply = self.tried_claim(n, who)
        if reply.status == 200:
            assert reply.json["id"] == held

    def tried_claim(self, n: int, who: str) -> Reply:
        def act(one: str, plain: Plain) -> Reply:
            reply = self.world.claimants[who].post(f"/v1/wishes/{one}/claim")
            if reply.status == 201:
                plain.claims.append(reply.json["id"])
            return reply

        return self.tried(n, lambda plain, at: self.model.claim(plain, who, at), act)

    @rule(n=st.integers(0, 5), stage=st.sampled_from(STAGES))
    def progress(self, n: int, stage: str) -> None:
        self.on_claim(
            n, self.world.staff.local, "progress", {"stage": stage},
            lambda plain, at: self.model.progress(plain, stage, at),
        )  # fmt: skip

    @rule(n=st.integers(0, 5))
    def extend(self, n: int) -> None:
        self.on_claim(n, self.world.staff.local, "extend", {}, lambda plain, _: self.model.extend(plain))

    @rule(n=st.integers(0, 5))
    def release(self, n: int) -> None:
        _, plain = self.one_of(n)
        if plain.claimant:
            claimant = self.world.claimants[plain.claimant]
            self.on_claim(n, claimant, "release", {}, lambda plain, at: self.model.end(plain, "release", at))

    @rule(n=st.integers(0, 5))
    def revoke(self, n: int) -> None:
        self.on_claim(
            n, self.world.staff.local, "revoke", {"reason": "联系不上"},
            lambda plain, at: self.model.end(plain, "revoke", at),
        )  # fmt: skip

    @rule(n=st.integers(0, 5))
    def deliver(self, n: int) -> None:
        self.on_claim(n, self.world.staff.worker, "deliver", {}, lambda plain, _: self.model.deliver(plain))

    @rule(n=st.integers(0, 5))
    def not_received(self, n: int) -> None:
        self.on_claim(
            n, self.world.staff.worker, "return", {"reason": "not_received"},
            lambda plain, at: self.model.not_received(plain, at),
        )  # fmt: skip

    @rule(n=st.integers(0, 5), own=st.booleans())
    def confirm(self, n: int, own: bool) -> None:
        _, plain = self.one_of(n)
        if own and plain.claimant and plain.claims:
            claim = plain.claims[-1]
            with self.at_that_time():
                reply = self.world.claimants[plain.claimant].post(f"/v1/claims/{claim}/confirm", {"method": "visit"})
            assert (reply.status, reply.code) == (403, "own_claim")
        else:
            self.on_claim(
                n, self.world.staff.worker, "confirm", {"method": "visit"}, lambda plain, _: self.model.confirm(plain)
            )

    @rule(n=st.integers(0, 5), by_liaison=st.booleans())
    def withdraw(self, n: int, by_liaison: bool) -> None:
        who = self.world.staff.local if by_liaison else self.world.staff.citizen
        self.tried(
            n,
            lambda plain, _: self.model.withdraw(plain, by_liaison),
            lambda one, _: who.post(f"/v1/wishes/{one}/withdraw", {"reason": "不需要了"}),
        )

    @rule(n=st.integers(0, 5), who=CLAIMANTS)
    def stand_by(self, n: int, who: str) -> None:
        claimant = self.world.claimants[who]
        self.tried(
            n,
            lambda plain, _: self.model.join(plain, who),
            lambda one, _: claimant.post(f"/v1/wishes/{one}/standby"),
        )

    @rule(n=st.integers(0, 5), who=CLAIMANTS)
    def stand_down(self, n: int, who: str) -> None:
        claimant = self.world.claimants[who]
        self.tried(
            n,
            lambda plain, at: self.model.leave(plain, who, at),
            lambda one, _: claimant.call("DELETE", f"/v1/wishes/{one}/standby"),
        )

    @rule(hours=st.sampled_from([1, 5, 24, 48, 24 * 8]))
    def wait(self, hours: int) -> None:
        """Time passes, and the clock comes by: twice, for it may."""
        self.now += timedelta(hours=hours)
        with self.at_that_time() as at:
            for _ in range(2):
                assert timekeeping.run(clock.stamp(at), 60)["failed"] == 0
            self.model.clock(at)
            for found, plain in self.model.wishes.items():
                self.agree(found, plain)

    @rule(really=st.integers(0, 9))
    @precondition(lambda self: not self.model.closed)
    def close(self, really: int) -> None:
        if really:
            return
        with self.at_that_time():
            self.world.staff.administrator.must("POST", f"/v1/rounds/{self.round}/close", {})
            self.model.close()
            for found, plain in self.model.wishes.items():
                self.agree(found, plain)

    def teardown(self) -> None:
        """At the end: nobody holds more than the model says, or waits where nothing is to be waited for."""
        if not hasattr(self, "model"):
            return
        with self.at_that_time():
            for name, api in self.world.claimants.items():
                mine = api.must("GET", "/v1/me/claims", limit=100)["items"]
                live = [each for each in mine if each["round"] == self.round and each["state"] == "live"]
                assert len(live) == self.model.live(name)


def test_random_acts_come_out_as_the_plain_model_says(own_stack: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAP_OF_A_PERSON", str(CAPS["member"]))
    monkeypatch.setenv("CAP_OF_AN_ORGANISATION", str(CAPS["company"]))
    assert timedelta(days=1) == DAY
    Life.world = World(own_stack)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS_AN_EXAMPLE,
            deadline=None,
            derandomize=EXAMPLES <= 40,
            suppress_health_check=list(HealthCheck),
        ),
    )
