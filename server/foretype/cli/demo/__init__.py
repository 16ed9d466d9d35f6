"""``foretype demo``: a simulated user typing with the real server."""
