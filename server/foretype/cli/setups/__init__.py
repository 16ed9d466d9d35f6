"""How each editor is set up: what would be written, for ``foretype setup``."""
