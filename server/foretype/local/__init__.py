"""The embedded engine: completes from the code at hand, with no model and no network."""
