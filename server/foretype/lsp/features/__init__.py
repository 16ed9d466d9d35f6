"""One file for each LSP feature, each handler three moves: convert in, one call, convert out."""
