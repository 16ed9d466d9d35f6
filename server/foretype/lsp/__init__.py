"""All that knows the Language Server Protocol; everything below it speaks in values of its own."""
