"""Next edits from a model: asked once a burst, judged by refusals that are pure functions."""
