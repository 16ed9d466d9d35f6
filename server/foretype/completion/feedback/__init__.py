"""What became of a suggestion: shown, typed through, accepted, dismissed."""
