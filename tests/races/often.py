"""Which race is run how often. quality.md asks for 50 rounds of 16 contenders; what a test runs is counted and held to
this table (conftest.py).

The counts are of the rounds proper, in which all contenders go for the same thing; a pair of acts in every gap of each
other (test_pairs.py) comes on top of them.
"""

from typing import Final, NamedTuple

ROUNDS: Final = 50


class Race(NamedTuple):
    """The test that runs it, how many rounds, and how many contenders in each."""

    test: str
    rounds: int = ROUNDS
    contenders: int = 16


RACES: Final = {
    "claim and claim": Race("test_of_sixteen_claims_for_one_wish_exactly_one_is_won_fifty_times_over"),
    "claim and withdraw": Race("test_of_claims_and_a_withdrawal_the_withdrawal_is_never_lost"),
    "claim and close": Race("test_a_round_that_closes_under_claims_leaves_each_wish_claimed_once_or_closed"),
    "release and claim by standby": Race(
        "test_the_first_of_sixteen_has_it_and_sixteen_clocks_hand_it_on_once",
        ROUNDS + 1,  # the last is that of the clocks
    ),
    "expire, progress and extend": Race("test_a_claim_expires_or_goes_on_whoever_comes_first"),
    "deliver and revoke": Race("test_a_claim_is_delivered_or_revoked_and_never_both"),
    "confirm and confirm": Race("test_of_sixteen_confirmations_one_counts"),
    "confirm by code by many": Race("test_of_sixteen_with_the_code_one_confirms"),
    "cap at its edge": Race("test_one_claimant_with_sixteen_hands_gets_three_wishes"),
    "promotion by many workers": Race("test_of_sixteen_clocks_one_hands_a_kept_wish_on"),
}
