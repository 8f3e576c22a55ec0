"""Rosters beside what the people on them do themselves at the same moment."""

from typing import Any

import pytest

from chalicelib.accounts import actions, keeping, roster
from tests.world import World

PHONE = "17000093311"


def test_whoever_edits_their_account_at_that_moment_is_enrolled_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both stay: what they changed, and what the roster says; the other lines are not held up by a 412."""
    account = actions.find_or_make(PHONE)
    write, edits = keeping.write, iter(["钟"])

    def overtaken(found: Any, *parts: Any) -> None:
        if name := next(edits, None):
            theirs = keeping.get(account)
            keeping.rename(theirs, name=name)
            write(theirs)
        write(found, *parts)

    monkeypatch.setattr(keeping, "write", overtaken)

    roster.enrol([roster.Member(PHONE, "", "party_member", "第一支部", "")])

    found = keeping.get(account)
    assert (found.basis, found.claimant_type, found.branch) == ("roster", "party_member", "第一支部")
    assert keeping.person(found).name == "钟"
