"""Claims: one claimant's promise for one wish."""
