"""The command line: one small file for each sub-command."""
