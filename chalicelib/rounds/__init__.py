"""Rounds: the campaigns, and their live numbers."""
