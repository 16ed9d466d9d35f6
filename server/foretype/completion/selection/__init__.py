"""What is shown: which text, whether at all, and what stands in for a missing model."""
