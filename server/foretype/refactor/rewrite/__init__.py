"""One rewrite: the prompt, the model's response, and the edits made of it."""
