"""Accounts: sign-in, tokens, roles, and who may do what."""
