"""Refactoring of a piece of code: the prompt, the model's response, and the resulting edits."""
