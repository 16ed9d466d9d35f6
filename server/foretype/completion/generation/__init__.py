"""When a model is asked, and what its streams do."""
