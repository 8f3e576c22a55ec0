"""Notices: what is told to whom, once, and over which channel."""
