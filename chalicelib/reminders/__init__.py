"""Reminders: what is due, and the scheduled functions' work."""
