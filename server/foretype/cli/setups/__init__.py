"""The setup of each editor, for ``foretype setup``."""
