"""What may leave the machine: excluded files, and masked secrets."""
