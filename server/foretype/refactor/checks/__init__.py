"""Whether new code is fit to be applied."""
