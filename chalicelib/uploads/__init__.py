"""Uploads: files that people put into the bucket themselves, and what is checked before one is used."""
