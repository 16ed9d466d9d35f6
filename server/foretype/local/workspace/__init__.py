"""The workspace on disk, read by a process of its own and kept between starts."""
