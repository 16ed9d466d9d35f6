"""Which refactorings there are at a place, and what each would rewrite there."""
