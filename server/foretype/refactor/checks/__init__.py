"""Checks of whether new code may be applied."""
