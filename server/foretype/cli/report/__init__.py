"""How one request went, recorded and put into words."""
