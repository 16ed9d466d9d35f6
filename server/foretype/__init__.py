"""foretype: a language server that writes the next lines of your code as ghost text."""

__version__ = "0.1.0"
