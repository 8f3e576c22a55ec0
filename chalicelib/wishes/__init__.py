"""Wishes: declare, verify, publish; the life of a wish."""
