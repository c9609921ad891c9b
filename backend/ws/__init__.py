"""The WebSocket side: the upgrade, the reader of a connection, and what its messages do."""
