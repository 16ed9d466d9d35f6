"""The code that talks to a model: one protocol, its adapters, the registry of providers."""
