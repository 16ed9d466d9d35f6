"""What a file imports: names, members and signatures, read from source and never run."""
