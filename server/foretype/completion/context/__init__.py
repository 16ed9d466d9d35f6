"""What a prompt is made of: the text around the cursor, nearby code, recent edits."""
