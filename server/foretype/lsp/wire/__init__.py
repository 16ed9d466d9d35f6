"""Bytes to messages and back: framing, transport, JSON-RPC, and the editor's process."""
