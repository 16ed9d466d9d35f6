"""Refactorings over the protocol: offered, started, confirmed, applied."""
