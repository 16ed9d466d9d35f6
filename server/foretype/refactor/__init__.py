"""Refactorings: offered at once, carried out by the model, checked before they are applied."""
