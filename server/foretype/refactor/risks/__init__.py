"""What in new code the user has to confirm."""
