"""One client's session: its documents, its profile, its settings, what it is notified of."""
