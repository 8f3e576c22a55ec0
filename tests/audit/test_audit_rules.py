"""The chain's arithmetic: what follows what, what a broken chain looks like, and what may not stand in an entry."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audit import rules
from chalicelib.audit.rules import Deed, Entry

WISH = "wish/01JD0000000000000000000001"
ACTOR = "01JD0000000000000000000002"


def chain(length: int) -> list[Entry]:
    found: list[Entry] = []
    for number in range(length):
        deed = Deed(WISH, ACTOR, "liaison", "viewed_full", "review", {"count": number})
        found.append(rules.follow(found[-1] if found else None, deed, "2026-01-05T08:00:00Z", f"token{number}"))
    return found


def test_an_unbroken_chain_verifies_and_names_its_head() -> None:
    entries = chain(5)

    found = rules.verify(WISH, entries)

    assert found == rules.Verification(WISH, 5, True, None, entries[-1].hash)


def test_a_subject_nobody_touched_is_whole() -> None:
    assert rules.verify(WISH, []) == rules.Verification(WISH, 0, True, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-01-05T08:00:01Z"},
        {"actor": "01JD0000000000000000000003"},
        {"role": "administrator"},
        {"action": "viewed_introduced"},
        {"reason": "fulfilment"},
        {"detail": {"count": 99}},
        {"token": "other"},
        {"before": "0" * 64},
        {"hash": "0" * 64},
        {"seq": 7},
        {"subject": "wish/01JD0000000000000000000009"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_field_breaks_the_chain_at_its_entry(change: dict[str, Any]) -> None:
    entries = chain(5)
    entries[2] = msgspec.structs.replace(entries[2], **change)

    found = rules.verify(WISH, entries)

    assert (found.intact, found.broken_at, found.entries) == (False, 3, 5)


def test_an_entry_rewritten_with_a_fitting_hash_breaks_the_one_after_it() -> None:
    entries = chain(5)
    forged = msgspec.structs.replace(entries[2], actor="01JD0000000000000000000003", hash="")
    entries[2] = msgspec.structs.replace(forged, hash=rules.digest(forged))

    assert rules.verify(WISH, entries).broken_at == 4


@pytest.mark.parametrize(("gone", "broken_at"), [(0, 1), (2, 3)])
def test_a_missing_entry_is_where_the_chain_breaks(gone: int, broken_at: int) -> None:
    entries = chain(5)
    del entries[gone]

    assert rules.verify(WISH, entries).broken_at == broken_at


def test_entries_cut_off_at_the_end_show_in_the_head() -> None:
    entries = chain(5)

    cut = rules.verify(WISH, entries[:4])

    assert cut.intact
    assert cut.head != rules.verify(WISH, entries).head


def test_a_chain_moved_to_another_subject_does_not_verify() -> None:
    assert rules.verify("wish/01JD0000000000000000000009", chain(3)).broken_at == 1


@given(st.lists(st.integers(0, 4), min_size=5, max_size=5).filter(lambda order: order != [0, 1, 2, 3, 4]))
def test_no_other_order_of_the_same_entries_verifies(order: list[int]) -> None:
    entries = chain(5)

    assert not rules.verify(WISH, [entries[place] for place in order]).intact


@pytest.mark.parametrize(
    "words",
    [
        "秦明华",
        "17000091234",
        "浦东某路1号",
        "Qin Minghua",
        "a@example.org",
        "一台电饭煲",
        "=1+1",
        "310115194801011234",
    ],
)
def test_words_people_wrote_have_no_place_in_an_entry(words: str) -> None:
    for deed in (
        Deed(words, ACTOR, "liaison", "viewed_full"),
        Deed(WISH, words, "liaison", "viewed_full"),
        Deed(WISH, ACTOR, words, "viewed_full"),
        Deed(WISH, ACTOR, "liaison", words),
        Deed(WISH, ACTOR, "liaison", "viewed_full", words),
        Deed(WISH, ACTOR, "liaison", "viewed_full", "review", {"note": words}),
        Deed(WISH, ACTOR, "liaison", "viewed_full", "review", {"notes": ["review", words]}),
        Deed(WISH, ACTOR, "liaison", "viewed_full", "review", {words: 1}),
    ):
        with pytest.raises(ValueError, match="ids, codes and numbers"):
            rules.check(deed, ())


def test_a_phone_number_is_no_count() -> None:
    with pytest.raises(ValueError, match="ids, codes and numbers"):
        rules.check(Deed(WISH, ACTOR, "liaison", "viewed_full", detail={"count": 17000091234}), ())


def test_ids_codes_counts_hashes_and_configured_places_pass() -> None:
    detail: dict[str, rules.Value] = {
        "claim": "01JD0000000000000000000001-14",
        "head": "ab" * 32,
        "count": 20_000,
        "roles_after": ["administrator", "liaison"],
        "subdistricts_after": ["*", "南码头路街道"],
        "subject": "report/2/13",
        "round": "",
    }

    rules.check(Deed(WISH, "system", "system", "granted", "command", detail), ("南码头路街道",))
