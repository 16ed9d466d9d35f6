"""Refactoring across files: the model's tools, and what they may access."""
