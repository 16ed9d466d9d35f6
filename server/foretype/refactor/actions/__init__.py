"""Which refactorings are available at a cursor or selection, and what each would rewrite."""
