"""The trail as administrators read it: whole or broken, exportable, free of personal data, only ever appended to."""

import ast
import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.audit import actions as audit
from chalicelib.base import aws, files, ids
from chalicelib.base.problems import Unavailable
from tests.audit.chains import acted, claimed, everything, table, trail
from tests.people import PLACE, Api, Staff
from tests.world import World

CODE = Path(__file__).resolve().parents[2] / "chalicelib"


# Reading the trail


def test_administrators_read_newest_first_page_by_page(staff: Staff, round_id: str) -> None:
    made = staff.declared(round_id)
    for _ in range(3):
        staff.local.must("GET", f"/v1/wishes/{made['id']}")
    subject = f"wish/{made['id']}"

    first = staff.administrator.must("GET", "/v1/audit", subject=subject, limit=2)
    rest = staff.administrator.must("GET", "/v1/audit", subject=subject, limit=2, cursor=first["next"])

    items = [*first["items"], *rest["items"]]
    assert [item["seq"] for item in items] == [3, 2, 1]
    assert rest["next"] is None
    assert [item["before"] for item in items] == [items[1]["hash"], items[2]["hash"], None]
    assert "token" not in items[0]


def test_a_bare_id_finds_the_wish_or_the_account(staff: Staff, round_id: str) -> None:
    made = staff.declared(round_id)
    staff.local.must("GET", f"/v1/wishes/{made['id']}")

    for bare, subject in (
        (made["id"], f"wish/{made['id']}"),
        (staff.observer.account, f"account/{staff.observer.account}"),
    ):
        page = staff.administrator.must("GET", "/v1/audit", subject=bare)
        assert {item["subject"] for item in page["items"]} == {subject}


def test_reading_the_trail_is_itself_recorded(staff: Staff, round_id: str) -> None:
    made = staff.declared(round_id)
    staff.local.must("GET", f"/v1/wishes/{made['id']}")
    subject = f"wish/{made['id']}"

    for path in ("/v1/audit", "/v1/audit/verify", "/v1/audit/export"):
        staff.administrator.must("GET", path, subject=subject)
    page = staff.administrator.must("GET", "/v1/audit", subject="audit", limit=3)

    head = trail(subject)[-1].hash
    assert [item["action"] for item in page["items"]] == ["exported", "verified", "listed"]
    assert page["items"][1]["detail"] == {"subject": subject, "count": 1, "head": head}
    assert {item["actor"] for item in page["items"]} == {staff.administrator.account}
    assert acted("audit")[-1] == "listed"


def test_nobody_but_an_administrator_reads_the_trail(staff: Staff, api: Api) -> None:
    for path in ("/v1/audit", "/v1/audit/verify", "/v1/audit/export"):
        assert api.get(path, subject="audit").status == 401
        for reader in (staff.liaison, staff.local, staff.observer, staff.worker, staff.citizen):
            assert reader.get(path, subject="audit").status == 403


def test_what_is_no_subject_is_refused_and_not_written_down(staff: Staff) -> None:
    before = acted("audit")
    for subject in ("17000091234", "秦明华", "wish/", "wish/../x", "x" * 200, ""):
        refused = staff.administrator.get("/v1/audit", subject=subject)
        assert (refused.status, refused.code) == (400, "bad_parameter"), subject
    assert acted("audit") == before


def test_a_subject_is_needed(staff: Staff) -> None:
    assert staff.administrator.get("/v1/audit").status == 400


def test_an_export_holds_all_that_is_needed_to_recompute_the_hashes(staff: Staff, round_id: str) -> None:
    made = staff.declared(round_id)
    for reader in (staff.local, staff.worker):
        reader.must("GET", f"/v1/wishes/{made['id']}")

    told = staff.administrator.must("GET", "/v1/audit/export", subject=f"wish/{made['id']}")

    name = told["url"].partition("?")[0].partition("/exports/")[2]
    content = files.get(f"exports/{name}")
    assert content is not None
    assert (told["entries"], told["bytes"]) == (2, len(content))
    assert made["id"] not in told["url"]
    before = ""
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        form = [
            row["subject"], int(row["seq"]), row["at"], row["actor"], row["role"], row["action"], row["reason"],
            json.loads(row["detail"]), row["token"], row["before"],
        ]  # fmt: skip
        text = json.dumps(form, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        assert row["before"] == before
        assert row["hash"] == hashlib.sha256(text.encode()).hexdigest()
        before = row["hash"]


def _tamper(how: str, subject: str, place: int) -> None:
    key = {"pk": {"S": subject}, "sk": {"S": f"{place:012d}"}}
    dynamodb = aws.client("dynamodb")
    if how == "removed":
        dynamodb.delete_item(TableName=table(), Key=key)
        return
    item = dynamodb.get_item(TableName=table(), Key=key)["Item"]
    item |= {"by": {"S": ids.new_id()}} if how == "changed" else {"d": {"S": "{"}, "at": {"N": "1"}}
    dynamodb.put_item(TableName=table(), Item=item)


def test_tampering_in_the_table_is_found_where_it_was_done(staff: Staff) -> None:
    for place in (1, 2, 3):
        for how in ("changed", "removed", "garbled"):
            subject = f"wish/{ids.new_id()}"
            for count in range(4):
                deed = audit.Deed(subject, staff.local.account, "liaison", "viewed_full", "review", {"count": count})
                audit.record(deed)

            _tamper(how, subject, place)

            found = staff.administrator.must("GET", "/v1/audit/verify", subject=subject)
            assert (found["intact"], found["broken_at"]) == (False, place), how
            assert staff.administrator.get("/v1/audit", subject=subject).status == 200


# Free of personal data, only ever appended to

CANARIES = {
    "wisher": "金丝雀甲", "phone": "17000094321", "address": "金丝雀路7号", "particulars": "金丝雀码",
    "difficulty": "金丝雀病", "contact": "金丝雀乙", "contact_phone": "17000094322", "relation": "金丝雀姑",
    "staff": "金丝雀丙", "staff_phone": "17000094323", "committee": "金丝雀居委", "reason": "金丝雀说不要了",
}  # fmt: skip


def test_no_canary_of_any_sealed_field_is_found_in_the_trail(staff: Staff, round_id: str) -> None:
    found = staff.declared(
        round_id,
        particulars=CANARIES["particulars"],
        committee=CANARIES["committee"],
        wisher={"name": CANARIES["wisher"], "birth_year": 1950, "address": CANARIES["address"],
                "phone": CANARIES["phone"]},
        contact={"name": CANARIES["contact"], "relation": CANARIES["relation"], "phone": CANARIES["contact_phone"]},
        circumstances={"difficulty": CANARIES["difficulty"]},
    )  # fmt: skip
    path = f"/v1/wishes/{found['id']}"
    staff.local.must("POST", f"{path}/verify", {
        "method": "visit", "identity": True, "income": "confirmed", "feasible": True, "on": "2026-01-05",
        "note": CANARIES["reason"],
    })  # fmt: skip
    staff.local.must("POST", f"{path}/publish", {})
    claim = staff.member.must("POST", f"{path}/claim", {"message": CANARIES["reason"]})
    staff.local.must("POST", f"/v1/claims/{claim['id']}/introduce", {})
    for reader in (staff.local, staff.member, staff.administrator):
        reader.must("GET", path)
    staff.local.must("GET", f"{path}/history")
    staff.local.must("POST", f"{path}/hide", {"reason": CANARIES["reason"]})
    made = staff.administrator.must("POST", "/v1/accounts", {
        "phone": CANARIES["staff_phone"], "name": CANARIES["staff"], "roles": ["committee_worker"],
        "committees": [{"subdistrict": PLACE, "committee": CANARIES["committee"]}],
        "branch": CANARIES["reason"], "sector": CANARIES["reason"],
    })  # fmt: skip
    staff.administrator.must("GET", f"/v1/accounts/{made['id']}")

    kept = json.dumps(everything(), ensure_ascii=False)

    assert kept.count(found["id"]) > 5
    assert [name for name, canary in CANARIES.items() if canary in kept] == []


@pytest.fixture
def calls(standing_world: World) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every call that touches the audit table: (operation, its parameters)."""
    seen: list[tuple[str, dict[str, Any]]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if table() in json.dumps(params, default=str):
            seen.append((model.name, dict(params)))

    events = aws.client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.*", note)
    yield seen
    events.unregister("provide-client-params.dynamodb.*", note)


def test_the_table_sees_nothing_but_queries_and_puts_of_what_is_not_there(
    calls: list[tuple[str, dict[str, Any]]], staff: Staff, round_id: str
) -> None:
    made, claim = claimed(staff, round_id)
    staff.local.must("GET", f"/v1/wishes/{made['id']}")
    staff.local.must("POST", f"/v1/claims/{claim['id']}/introduce", {})
    staff.administrator.must("GET", "/v1/audit/verify", subject=f"wish/{made['id']}")

    assert {name for name, _ in calls} == {"Query", "PutItem", "TransactWriteItems"}
    for name, params in calls:
        if name == "TransactWriteItems":
            touching = [item for item in params["TransactItems"] if table() in json.dumps(item, default=str)]
            assert [list(item) for item in touching] == [["Put"]]
            params = touching[0]["Put"]
        if name != "Query":
            assert params["ConditionExpression"].startswith("attribute_not_exists")


def test_nothing_in_the_code_could_change_or_remove_an_entry() -> None:
    for file in CODE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        inside = file.parent.name == "audit"
        assert inside or "chalicelib.audit.records" not in modules, f"{file.name} reaches past the room's actions"
        if inside:
            named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            assert named.isdisjoint({"Remove", "Change", "change", "delete", "update", "batch_write", "save"}), (
                file.name
            )


def test_the_deployed_functions_may_only_query_the_table_and_put_into_it() -> None:
    allowed = set()
    for policy in (CODE.parent / ".chalice").glob("policy-*.json"):
        for statement in json.loads(policy.read_text())["Statement"]:
            if "-audit" in json.dumps(statement.get("Resource", "")):
                allowed |= set(statement["Action"])

    assert allowed == {"dynamodb:Query", "dynamodb:PutItem"}


def test_contention_without_end_refuses_rather_than_forgets(
    staff: Staff, round_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_pause", lambda attempt: None)
    monkeypatch.setattr(audit, "last", lambda subject: None)
    deed = audit.Deed(f"wish/{staff.declared(round_id)['id']}", staff.local.account, "liaison", "viewed_full")
    audit.record(deed)

    with pytest.raises(Unavailable):
        audit.record(deed)
