"""Recording and explaining one request."""
