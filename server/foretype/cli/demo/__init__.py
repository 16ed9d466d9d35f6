"""``foretype demo``: a simulated typist at the real server."""
