"""The audit trail under many writers: sixteen threads, one chain, no gap, no double, every hash in place."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.audit import actions as audit
from chalicelib.audit import records, rules
from chalicelib.base import ids
from tests.people import Api, Staff
from tests.races.contenders import MOST, Contenders, Request

pytestmark = pytest.mark.races


def test_sixteen_threads_append_two_hundred_entries_to_one_chain(on_stack: None) -> None:
    subject, writers = f"wish/{ids.new_id()}", [ids.new_id() for _ in range(MOST)]

    def append(number: int) -> audit.Entry:
        deed = audit.Deed(subject, writers[number % MOST], "liaison", "viewed_full", "review", {"count": number})
        return audit.record(deed)

    with ThreadPoolExecutor(MOST) as threads:
        written = list(threads.map(append, range(200)))

    chain = list(records.chain(subject))
    assert [entry.seq for entry in chain] == list(range(1, 201))
    assert rules.verify(subject, chain).intact
    assert sorted(entry.detail["count"] for entry in chain) == list(range(200))
    assert sorted(written, key=lambda entry: entry.seq) == chain


def test_views_and_acts_of_one_wish_at_once_are_each_recorded_once(
    staff: Staff, anyone: Api, contenders: Contenders, round_id: str
) -> None:
    for _ in range(5):
        wish = staff.published(round_id)["id"]
        readers = [staff.local, staff.liaison, staff.worker, staff.administrator] * 3
        jobs = [Request(reader.token, "GET", f"/v1/wishes/{wish}") for reader in readers]
        jobs += [Request(staff.local.token, "POST", f"/v1/wishes/{wish}/hide", {}, key="one")] * 2

        outcomes = contenders.race(jobs)

        chain = list(records.chain(f"wish/{wish}"))
        assert {outcome.status for outcome in outcomes} == {200}
        assert Counter(entry.action for entry in chain) == {"viewed_full": 12, "hidden": 1}
        assert rules.verify(f"wish/{wish}", chain).intact


def test_a_grant_among_views_of_the_account_is_done_and_recorded_once(staff: Staff, contenders: Contenders) -> None:
    made = staff.administrator.must("POST", "/v1/accounts", {"phone": "17000097777", "roles": ["observer"]})
    path, token = f"/v1/accounts/{made['id']}", staff.administrator.token
    for version in range(1, 6):
        roles = {"roles": ["observer", "liaison"] if version % 2 else ["observer"]}
        jobs = [Request(token, "GET", path)] * 8
        jobs += [Request(token, "PUT", path, roles, headers={"If-Match": str(version)})] * 2

        outcomes = contenders.race(jobs)

        assert Counter(outcome.status for outcome in outcomes) == {200: 9, 412: 1}
    actions = Counter(entry.action for entry in records.chain(f"account/{made['id']}"))
    assert actions == {"granted": 4, "removed": 2, "viewed_full": 40}
