"""Refactorings: offered without a model, written by the model, checked before they are applied."""
