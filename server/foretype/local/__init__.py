"""The embedded engine: completes from the open documents, without a model or network."""
