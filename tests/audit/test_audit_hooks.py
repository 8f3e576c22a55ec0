"""Every view of sealed fields leaves one entry and so do grants, hand-outs and imports."""

from typing import Any

import pytest

from chalicelib.accounts.actions import seed_account
from chalicelib.audit import actions as audit
from tests.audit.chains import acted, claimed, everything, trail
from tests.people import COMMITTEE, PLACE, Api, Staff

# Who looks at a wish


@pytest.mark.parametrize(
    ("who", "role"), [("local", "liaison"), ("worker", "committee_worker"), ("administrator", "administrator")]
)
def test_a_full_view_of_a_wish_leaves_one_entry_that_says_who_when_and_why(
    staff: Staff, round_id: str, who: str, role: str
) -> None:
    made = staff.declared(round_id)
    reader: Api = getattr(staff, who)

    seen = reader.must("GET", f"/v1/wishes/{made['id']}")

    [entry] = trail(f"wish/{made['id']}")
    assert seen["wisher"]["name"] == "秦明华"
    assert (entry.seq, entry.actor, entry.role, entry.action, entry.reason) == (
        1, reader.account, role, "viewed_full", "review",
    )  # fmt: skip
    assert entry.at.endswith("Z")


def test_browsing_and_claiming_write_nothing(staff: Staff, api: Api, round_id: str) -> None:
    made = staff.published(round_id)
    before = len(everything())

    for reader in (api, staff.citizen, staff.observer, staff.member):
        reader.must("GET", "/v1/wishes", round=round_id)
        reader.must("GET", f"/v1/wishes/{made['id']}")
    staff.company.must("POST", f"/v1/wishes/{made['id']}/claim", {})
    staff.member.post(f"/v1/wishes/{made['id']}/claim")
    staff.company.must("GET", "/v1/me/claims")

    assert len(everything()) == before


def test_the_claimants_view_is_recorded_by_what_it_opened(staff: Staff, round_id: str) -> None:
    made, claim = claimed(staff, round_id, particulars="三十七码")
    subject = f"wish/{made['id']}"

    before = staff.company.must("GET", f"/v1/wishes/{made['id']}")
    staff.local.must("POST", f"/v1/claims/{claim['id']}/introduce", {})
    after = staff.company.must("GET", f"/v1/wishes/{made['id']}")

    entries = trail(subject)
    assert before["contact"] is None
    assert after["contact"]["name"] == "秦明华"
    assert [entry.action for entry in entries] == [
        "viewed_particulars", "introduced", "viewed_claimant", "viewed_introduced",
    ]  # fmt: skip
    assert (entries[0].role, entries[3].role) == ("claimant", "claimant")
    assert entries[1].detail == {"claim": claim["id"], "claimant": staff.company.account}


def test_a_claimant_who_is_shown_nothing_sealed_leaves_no_entry(staff: Staff, round_id: str) -> None:
    made, _ = claimed(staff, round_id)

    staff.company.must("GET", f"/v1/wishes/{made['id']}")

    assert acted(f"wish/{made['id']}") == []


def test_introducing_twice_is_recorded_once(staff: Staff, round_id: str) -> None:
    made, claim = claimed(staff, round_id)

    for _ in range(2):
        staff.local.must("POST", f"/v1/claims/{claim['id']}/introduce", {})

    assert acted(f"wish/{made['id']}").count("introduced") == 1


def test_a_claim_seen_with_name_and_phone_is_recorded_and_ones_own_is_not(staff: Staff, round_id: str) -> None:
    made, claim = claimed(staff, round_id)

    staff.company.must("GET", f"/v1/claims/{claim['id']}")
    seen = staff.worker.must("GET", f"/v1/claims/{claim['id']}")

    [entry] = trail(f"wish/{made['id']}")
    assert seen["claimant_name"] == "某公司"
    assert (entry.action, entry.reason, entry.detail) == ("viewed_claimant", "fulfilment", {"claim": claim["id"]})
    assert audit.viewers(f"wish/{made['id']}") == []
    assert audit.viewers_of_claimant(made["id"], claim["id"]) == [entry]


def test_a_page_of_history_with_names_counts_once(staff: Staff, round_id: str) -> None:
    made = staff.published(round_id)

    page = staff.local.must("GET", f"/v1/wishes/{made['id']}/history")

    [entry] = trail(f"wish/{made['id']}")
    assert any(line["name"] for line in page["items"])
    assert (entry.action, entry.detail) == ("viewed_names", {"count": len(page["items"])})


def test_hiding_and_showing_are_recorded_with_the_act(staff: Staff, round_id: str) -> None:
    made = staff.published(round_id)

    for hidden in (True, True, False):
        staff.local.must("POST", f"/v1/wishes/{made['id']}/hide", {"hidden": hidden, "reason": "家属打来电话"})

    assert acted(f"wish/{made['id']}") == ["hidden", "shown"]


def test_who_viewed_a_wish_is_told_oldest_first(staff: Staff, round_id: str) -> None:
    made = staff.declared(round_id)
    for reader in (staff.local, staff.worker):
        reader.must("GET", f"/v1/wishes/{made['id']}")
    staff.local.must("GET", f"/v1/wishes/{made['id']}/history")

    seen = audit.viewers(f"wish/{made['id']}")

    assert [entry.actor for entry in seen] == [staff.local.account, staff.worker.account]


# Accounts, reports, imports


def test_grants_and_removals_say_what_was_before_and_what_is_now(staff: Staff) -> None:
    made = staff.administrator.must(
        "POST", "/v1/accounts", {"phone": "17000065555", "name": "金丝雀", "roles": ["observer"]}
    )
    path = f"/v1/accounts/{made['id']}"
    scope = {"subdistricts": [PLACE], "committees": [{"subdistrict": PLACE, "committee": COMMITTEE}]}

    staff.administrator.must("PUT", path, {"roles": ["liaison"], **scope}, version=1)
    staff.administrator.must("PUT", path, {"roles": ["liaison"]}, version=2)
    staff.administrator.must("PUT", path, {"roles": []}, version=3)

    born, granted, narrowed, removed = trail(f"account/{made['id']}")
    assert [born.action, granted.action, narrowed.action, removed.action] == [
        "granted", "granted", "changed", "removed",
    ]  # fmt: skip
    assert {entry.actor for entry in (born, granted, narrowed, removed)} == {staff.administrator.account}
    assert born.detail == {"roles_before": [], "roles_after": ["observer"]}
    assert granted.detail["roles_before"] == ["observer"]
    assert granted.detail["subdistricts_after"] == [PLACE]
    assert granted.detail["committees_after"] == narrowed.detail["committees_before"] != ""
    assert narrowed.detail["subdistricts_after"] == []
    assert removed.detail == {"roles_before": ["liaison"], "roles_after": []}


def test_a_refused_grant_leaves_no_entry(staff: Staff) -> None:
    subject, path = f"account/{staff.administrator.account}", f"/v1/accounts/{staff.administrator.account}"
    version = staff.administrator.must("GET", path)["version"]
    before = acted(subject)

    stale = staff.administrator.call("PUT", path, {"roles": []}, version=version + 1)
    last = staff.administrator.call("PUT", path, {"roles": []}, version=version)

    assert (stale.code, last.code) == ("stale", "last_administrator")
    assert acted(subject) == before


def test_a_role_given_by_a_command_is_recorded_as_the_systems(staff: Staff) -> None:
    made = seed_account("17000065558", roles=["observer"])

    [entry] = trail(f"account/{made}")
    assert (entry.actor, entry.action, entry.reason) == ("system", "granted", "command")
    assert audit.viewers(f"account/{made}") == []


def test_an_administrators_look_at_an_account_is_recorded_and_ones_own_is_not(staff: Staff, api: Api) -> None:
    somebody = api.sign_in("17000065559")
    subject = f"account/{somebody.account}"

    somebody.must("GET", "/v1/me")
    staff.administrator.must("GET", f"/v1/accounts/{somebody.account}")

    [entry] = trail(subject)
    assert (entry.actor, entry.action) == (staff.administrator.account, "viewed_full")
    assert audit.viewers(subject) == [entry]


def test_an_account_shown_again_by_a_replay_is_a_view(staff: Staff) -> None:
    body = {"phone": "17000065556", "name": "金丝雀", "roles": ["observer"]}

    made = [staff.administrator.must("POST", "/v1/accounts", body, key="once")["id"] for _ in range(2)]

    assert made[0] == made[1]
    assert acted(f"account/{made[0]}") == ["granted", "viewed_full"]


def test_report_links_count_once_per_page(staff: Staff, round_id: str) -> None:
    assert staff.observer.must("GET", f"/v1/rounds/{round_id}/reports")["items"] == []
    for _ in range(2):
        staff.administrator.must("POST", f"/v1/rounds/{round_id}/reports", {})

    staff.observer.must("GET", f"/v1/rounds/{round_id}/reports")

    [listed] = trail(f"report/{round_id}")
    assert (listed.actor, listed.role, listed.action) == (staff.observer.account, "observer", "listed")
    assert listed.detail == {"count": 2, "newest": 2, "oldest": 1}
    assert acted(f"report/{round_id}/2") == ["exported"]


def test_an_import_is_recorded_with_its_job_and_a_dry_run_is_not(staff: Staff) -> None:
    register = "联系电话,姓名,认领人类型\n17000066666,金丝雀,党员\n".encode()

    def send(**query: str) -> Any:
        return staff.administrator.call(
            "POST", "/v1/imports", raw=register, headers={"Content-Type": "text/csv"}, kind="roster", **query
        )

    before = len(everything())
    dry = send(dry_run="true")
    assert (dry.status, dry.json["created"]) == (200, 1)
    assert len(everything()) == before
    real, again = send().json, send().json

    [entry] = trail(f"import/{real['id']}")
    assert (entry.action, entry.reason, entry.role) == ("imported", "roster", "administrator")
    assert entry.detail["count"] == 1
    assert acted(f"import/{again['id']}") == ["imported"]
