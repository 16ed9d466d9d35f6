"""Run a command confined: no network, no files of the user, nothing left behind."""
