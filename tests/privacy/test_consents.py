"""Consents as records, and what follows from a withdrawal at once (product.md sections 1 to 3; docs/consent.md)."""

import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.wishes import consents
from tests.people import Api, Reply, wish
from tests.world import World, assert_problem

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "consent.md"
PHONE = "17000091234"
SIGNED = {"by": "self", "method": "signed"}
GUARDIAN = {"name": "秦大山", "relation": "父亲", "phone": "17000091299"}


def consent(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = wish("0")["consent"] | changes
    return found


def of_a_minor(**changes: Any) -> dict[str, Any]:
    """A child's wish, declared by the guardian."""
    return {
        "wisher": wish("0")["wisher"] | {"birth_year": 2015},
        "guardian": GUARDIAN,
        "declared_by": {"name": "秦大山", "relation": "父亲"},
        "consent": consent(by="guardian"),
    } | changes


def record(by: Api, wish_id: str, body: dict[str, Any], key: str = "") -> Reply:
    return by.post(f"/v1/wishes/{wish_id}/consents", body, key=key)


def wisher(world: World) -> Api:
    """The wisher, signed in with the contact phone."""
    return world.anyone.sign_in(PHONE)


def public_ids(world: World) -> list[str]:
    paths = (f"/v1/wishes?round={world.round_id}", f"/v1/wishes?round={world.round_id}&state=published")
    return [each["id"] for path in paths for each in world.anyone.must("GET", path)["items"]]


class TestRecording:
    @pytest.mark.parametrize("role", ["worker", "local", "administrator"])
    def test_staff_in_scope_record_a_later_consent(self, world: World, role: str) -> None:
        made = world.declared()["id"]

        reply = record(getattr(world.staff, role), made, {"given": {"photos": True}, **SIGNED})

        assert reply.status == 201
        assert reply.json["photos"] is True
        assert world.full(made)["consent"]["photos"] is True
        assert world.history(made)[0]["reason_code"] == "consent_given"

    def test_the_four_may_stand_beside_the_rest_as_well_as_in_given(self, world: World) -> None:
        made = world.declared()["id"]

        reply = record(world.staff.local, made, {"photos": True, "share_contact": False, **SIGNED})

        assert (reply.json["photos"], reply.json["share_contact"]) == (True, False)

    def test_every_record_stays_behind_the_next(self, world: World) -> None:
        made = world.declared()["id"]
        record(world.staff.local, made, {"photos": True, "by": "self", "method": "thumbprint"})
        record(world.staff.worker, made, {"photos": False, "by": "self", "method": "spoken", "witness": "李证人"})

        items = world.staff.local.must("GET", f"/v1/wishes/{made}/consents")["items"]

        assert [(each["photos"], each["method"]) for each in items] == [
            (False, "spoken"), (True, "thumbprint"), (False, "signed"),
        ]  # fmt: skip
        assert [each["witness"] for each in items] == ["李证人", None, None]
        assert {each["text_version"] for each in items} == {consents.TEXTS[-1]}

    def test_the_same_said_twice_is_one_record(self, world: World) -> None:
        made = world.declared()["id"]
        body = {"photos": True, **SIGNED}
        first = record(world.staff.local, made, body).json

        again = record(world.staff.local, made, body).json

        assert (again["version"], len(again["items"])) == (first["version"], 2)

    def test_a_retry_with_its_key_records_once(self, world: World) -> None:
        made = world.declared()["id"]
        body = {"photos": True, **SIGNED}

        replies = [record(world.staff.local, made, body, key="consent-once") for _ in range(2)]

        assert [reply.status for reply in replies] == [201, 201]
        assert len(replies[1].json["items"]) == 2

    def test_the_trail_tells_what_was_given_and_withdrawn_without_a_name(self, world: World) -> None:
        made = world.declared()["id"]
        record(world.staff.local, made, {"photos": True, "share_contact": False, **SIGNED})

        trail = world.staff.administrator.must("GET", "/v1/audit", subject=f"wish/{made}")["items"]

        deed = next(each for each in trail if each["action"] == "consented")
        assert (deed["detail"]["given"], deed["detail"]["withdrawn"]) == (["photos"], ["share_contact"])
        assert any(each["action"] == "viewed_consents" for each in trail)

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            (SIGNED, "given"),
            ({"photos": True, "method": "signed"}, "by"),
            ({"photos": True, "by": "self"}, "method"),
            ({"photos": True, "by": "self", "method": "spoken"}, "witness"),
            ({"photos": True, **SIGNED, "text_version": "1999-01"}, "text_version"),
            ({"photos": True, "given": {"photos": False}, **SIGNED}, "given.photos"),
            ({"process": False, "photos": True, **SIGNED}, "photos"),
        ],
    )
    def test_what_may_not_be_recorded_is_named(self, world: World, body: dict[str, Any], named: str) -> None:
        reply = record(world.staff.local, world.some_wish, body)

        assert named in assert_problem(reply, 422, "invalid_fields")

    def test_a_guardian_who_is_not_on_record_cannot_consent(self, world: World) -> None:
        reply = record(world.staff.local, world.some_wish, {"photos": True, "by": "guardian", "method": "signed"})

        assert "guardian" in assert_problem(reply, 422, "guardian_required")


class TestTheirOwnSide:
    def test_the_wisher_withdraws_from_their_own_account(self, world: World) -> None:
        made = world.published()["id"]

        reply = record(wisher(world), made, {"publish_story": False})

        assert reply.status == 201
        assert reply.json["items"][0]["method"] == "account"

    def test_nobody_consents_by_a_click(self, world: World) -> None:
        made = world.declared()["id"]

        assert_problem(record(wisher(world), made, {"photos": True, **SIGNED}), 403, "forbidden")

    def test_a_neighbour_who_declared_may_not_withdraw_it(self, world: World) -> None:
        made = world.declared(declared_by={"name": "王邻居", "relation": "邻居"})["id"]

        assert_problem(record(world.staff.citizen, made, {"publish_story": False}), 403, "forbidden")

    @pytest.mark.parametrize("who", ["member", "company"])
    def test_a_stranger_is_not_told_that_there_is_a_wish(self, world: World, who: str) -> None:
        stranger = getattr(world.staff, who)

        assert record(stranger, world.some_wish, {"photos": False}).status == 404
        assert stranger.get(f"/v1/wishes/{world.some_wish}/consents").status == 404

    def test_the_claimant_sees_no_consent_and_records_none(self, world: World) -> None:
        made, _ = world.claimed()

        assert record(world.staff.company, made, {"share_contact": True, **SIGNED}).status == 403
        assert world.staff.company.get(f"/v1/wishes/{made}/consents").status == 403


class TestWhatFollows:
    def test_withdrawn_publishing_hides_the_wish_from_every_public_output(self, world: World) -> None:
        made = world.published()["id"]
        assert public_ids(world) == [made, made]

        record(world.staff.local, made, {"publish_story": False, **SIGNED})

        assert public_ids(world) == []
        assert world.anyone.get(f"/v1/wishes/{made}").status == 404
        assert world.staff.observer.get(f"/v1/wishes/{made}").status == 404
        assert world.staff.member.post(f"/v1/wishes/{made}/claim").status == 404

    def test_what_was_hidden_so_is_not_shown_again_without_a_new_consent(self, world: World) -> None:
        made = world.published()["id"]
        record(world.staff.local, made, {"publish_story": False, **SIGNED})

        refused = world.staff.local.post(f"/v1/wishes/{made}/hide", {"hidden": False})
        record(world.staff.local, made, {"publish_story": True, **SIGNED})
        still_hidden = public_ids(world)
        world.staff.local.must("POST", f"/v1/wishes/{made}/hide", {"hidden": False})

        assert_problem(refused, 409, "publish_consent_required")
        assert still_hidden == []
        assert public_ids(world) == [made, made]

    def test_before_publication_it_is_not_publishable(self, world: World) -> None:
        made = world.verified()["id"]
        record(world.staff.local, made, {"publish_story": False, **SIGNED})

        assert_problem(world.staff.local.post(f"/v1/wishes/{made}/publish"), 409, "publish_consent_required")

    def test_withdrawn_contact_closes_the_introduction(self, world: World) -> None:
        made, claim = world.claimed()
        world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})
        assert world.staff.company.must("GET", f"/v1/wishes/{made}")["contact"]["name"] == "秦明华"

        record(world.staff.worker, made, {"share_contact": False, **SIGNED})

        assert world.staff.company.must("GET", f"/v1/wishes/{made}")["contact"] is None
        again = world.staff.local.post(f"/v1/claims/{claim}/introduce")
        assert_problem(again, 409, "contact_consent_required")

    def test_a_contact_consented_to_later_can_be_introduced(self, world: World) -> None:
        made, claim = world.claimed(consent=consent(share_contact=False))
        record(world.staff.local, made, {"share_contact": True, **SIGNED})

        world.staff.local.must("POST", f"/v1/claims/{claim}/introduce", {})

        assert world.staff.company.must("GET", f"/v1/wishes/{made}")["contact"]["phone"] == PHONE

    @pytest.mark.parametrize("state", ["declared", "verified", "published"])
    def test_withdrawn_processing_ends_the_wish(self, world: World, state: str) -> None:
        made = getattr(world, state)()["id"]

        reply = record(wisher(world), made, {"process": False})

        assert (reply.json["state"], reply.json["process"], reply.json["publish_story"]) == ("withdrawn", False, False)
        assert public_ids(world) == []
        later = record(world.staff.local, made, {"process": True, **SIGNED})
        assert_problem(later, 409, "process_consent_withdrawn")

    def test_withdrawn_processing_ends_the_claim_and_frees_its_place(self, world: World) -> None:
        made, claim = world.claimed()

        record(world.staff.local, made, {"process": False, **SIGNED})

        assert world.staff.local.must("GET", f"/v1/claims/{claim}")["state"] == "revoked"
        items = world.staff.company.must("GET", "/v1/me/inbox")["items"]
        assert next(each["kind"] for each in items if each["wish"] == made) == "wish_withdrawn"
        assert_problem(world.staff.company.post(f"/v1/claims/{claim}/deliver"), 409, "wrong_state")

    def test_nothing_further_is_done_with_a_delivered_wish(self, world: World) -> None:
        made, claim = world.delivered()

        record(world.staff.local, made, {"process": False, **SIGNED})

        assert world.anyone.get(f"/v1/wishes/{made}").status == 404
        confirmed = world.staff.local.post(f"/v1/claims/{claim}/confirm", {"method": "visit"})
        assert_problem(confirmed, 409, "process_consent_withdrawn")


class TestMinors:
    def test_no_child_declares_alone(self, world: World) -> None:
        reply = world.staff.citizen.post("/v1/wishes", wish(world.round_id, **of_a_minor(guardian=None)))

        assert_problem(reply, 422, "guardian_required")

    def test_an_id_number_tells_a_child_whatever_the_birth_year_says(self, world: World) -> None:
        person = wish("0")["wisher"] | {"id_number": "310115201501011239", "birth_year": 1948}

        reply = world.staff.citizen.post("/v1/wishes", wish(world.round_id, wisher=person))

        assert "guardian" in assert_problem(reply, 422, "guardian_required")

    def test_a_childs_consent_is_the_guardians(self, world: World) -> None:
        made = world.declared(**of_a_minor())["id"]

        refused = record(world.staff.local, made, {"photos": True, **SIGNED})
        taken = record(world.staff.local, made, {"photos": True, "by": "guardian", "method": "signed"})

        assert "by" in assert_problem(refused, 422, "guardian_required")
        assert taken.status == 201

    def test_anybody_who_may_act_for_the_child_may_take_a_consent_back(self, world: World) -> None:
        made = world.declared(**of_a_minor())["id"]

        assert record(world.staff.local, made, {"publish_story": False, **SIGNED}).status == 201

    def test_an_edit_cannot_make_a_child_of_somebody_without_a_guardian(self, world: World) -> None:
        made = world.declared()
        child = {"wisher": wish("0")["wisher"] | {"birth_year": 2015}}

        alone = world.staff.citizen.call("PATCH", f"/v1/wishes/{made['id']}", child, version=1)
        by_the_child = child | {"guardian": GUARDIAN, "consent": consent()}
        unasked = world.staff.citizen.call("PATCH", f"/v1/wishes/{made['id']}", by_the_child, version=1)

        assert "guardian" in assert_problem(alone, 422, "guardian_required")
        assert "consent.by" in assert_problem(unasked, 422, "guardian_required")

    def test_whoever_turns_out_to_be_a_child_is_hidden_until_the_guardian_agrees(self, world: World) -> None:
        made = world.published()["id"]
        child = {"wisher": wish("0")["wisher"] | {"birth_year": 2015}, "guardian": GUARDIAN}

        world.staff.local.must("PATCH", f"/v1/wishes/{made}", child, version=3)

        assert public_ids(world) == []
        shown = world.staff.local.post(f"/v1/wishes/{made}/hide", {"hidden": False})
        assert_problem(shown, 409, "publish_consent_required")
        given = record(world.staff.local, made, {"publish_story": True, "by": "guardian", "method": "signed"})
        assert (given.json["publish_story"], given.json["share_contact"]) == (True, False)
        world.staff.local.must("POST", f"/v1/wishes/{made}/hide", {"hidden": False})
        assert world.anyone.must("GET", f"/v1/wishes/{made}")["wisher_name"] is None

    def test_with_guardian_and_their_consent_the_edit_hides_name_and_age(self, world: World) -> None:
        made = world.declared()
        child = {
            "wisher": wish("0")["wisher"] | {"birth_year": 2015},
            "guardian": GUARDIAN,
            "consent": consent(by="guardian"),
        }

        world.staff.citizen.must("PATCH", f"/v1/wishes/{made['id']}", child, version=1)

        found = world.full(made["id"])
        assert (found["wisher_name"], found["age_band"], found["minor"]) == (None, None, True)
        assert len(world.staff.local.must("GET", f"/v1/wishes/{made['id']}/consents")["items"]) == 2

    def test_a_consent_in_an_edit_is_for_the_declarers_draft_alone(self, world: World) -> None:
        made = world.verified()
        body = {"consent": consent(photos=True)}

        reply = world.staff.local.call("PATCH", f"/v1/wishes/{made['id']}", body, version=2)

        assert "consent" in assert_problem(reply, 422, "invalid_fields")

    def test_a_minor_is_handed_over_at_the_committee_beside_a_worker(self, world: World) -> None:
        made, claim = world.claimed(**of_a_minor())

        reply = world.staff.local.post(f"/v1/claims/{claim}/introduce")

        assert_problem(reply, 409, "minor_handed_over_at_committee")
        seen = world.staff.company.must("GET", f"/v1/wishes/{made}")
        assert seen["hand_over"]["beside_worker"] is True
        assert seen["contact"] is None

    def test_somebody_of_unknown_age_with_a_guardian_counts_as_a_minor(self, world: World) -> None:
        person = {name: value for name, value in wish("0")["wisher"].items() if name != "birth_year"}
        _, claim = world.claimed(**of_a_minor(wisher=person))

        assert_problem(world.staff.local.post(f"/v1/claims/{claim}/introduce"), 409, "minor_handed_over_at_committee")


def test_the_document_holds_every_version_in_both_languages() -> None:
    text = DOCUMENT.read_text()

    assert tuple(re.findall(r"^## Version (\S+)$", text, re.MULTILINE)) == consents.TEXTS
    for version in text.split("\n## Version ")[1:]:
        assert "### 中文" in version
        assert "### English" in version
        assert all(f"（{item}）" in version and f"({item})" in version for item in consents.ITEMS)
