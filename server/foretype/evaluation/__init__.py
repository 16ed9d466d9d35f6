"""Which model is worth it: tasks, the product's own way to an answer, and a judgment of each."""
