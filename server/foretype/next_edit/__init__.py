"""Next edits without a model: what was just changed, and what follows from it elsewhere."""
