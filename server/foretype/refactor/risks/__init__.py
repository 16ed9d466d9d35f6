"""Risky constructs in new code that the user has to confirm."""
