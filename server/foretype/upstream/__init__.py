"""The scripted upstream: an OpenAI-compatible server that says what it is told, with faults."""
