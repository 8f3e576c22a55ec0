"""Imports: registers that come in from Excel and CSV."""
