"""What programming languages look like, and the small lexical readers over it."""
