"""The narrow line: what is packed comes back, and what older code wrote can still be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.base.words import STAGES
from chalicelib.wishes import narrow
from tests.desk.lines import line

WITHOUT_PROGRESS = "cmi\x1f生活电器\x1f花木街道\x1fmd\x1f\x1f65a0\x1f65b0\x1f\x1f65c0\x1f\x1f\x1f一口锅\x1f1-00001"


@given(
    state=st.sampled_from(list(narrow._STATES)),
    stage=st.sampled_from(["", *STAGES]),
    expires_at=st.integers(0, 2**32),
    visit_at=st.integers(0, 2**32),
)
def test_a_live_claims_progress_comes_back_and_no_other_state_keeps_one(
    state: str, stage: str, expires_at: int, visit_at: int
) -> None:
    given_line = line(state, 3, stage=stage, expires_at=expires_at, visit_at=visit_at)

    found = narrow.unpack("w1", narrow.pack(given_line))

    kept = {"stage": stage, "expires_at": expires_at, "visit_at": visit_at} if state == "claimed" else {}
    assert found == given_line._replace(**({"stage": "", "expires_at": 0, "visit_at": 0} | kept))  # type: ignore[arg-type]


@given(state=st.sampled_from(list(narrow._STATES)), queued_at=st.integers(0, 2**32), hidden=st.booleans())
def test_when_a_review_began_and_that_thanks_wait_come_back(state: str, queued_at: int, hidden: bool) -> None:
    given_line = line(state, 3, queued_at=queued_at, hidden=hidden, thanks_waiting=state == "fulfilled")

    found = narrow.unpack("w1", narrow.pack(given_line))

    kept = queued_at if state in narrow.IN_REVIEW else 0
    assert found == given_line._replace(queued_at=kept)


def test_a_line_written_before_progress_was_kept_can_be_read() -> None:
    found = narrow.unpack("w1", WITHOUT_PROGRESS)

    assert (found.title, found.source, found.stage, found.expires_at) == ("一口锅", "1-00001", "", 0)


@pytest.mark.parametrize("state", [state for state in narrow._STATES if state != "claimed"])
def test_a_wish_without_a_live_claim_pays_no_byte_for_progress(state: str) -> None:
    assert narrow.pack(line(state)).count(narrow.SEPARATOR) == WITHOUT_PROGRESS.count(narrow.SEPARATOR)
