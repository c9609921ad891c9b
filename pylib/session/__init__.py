"""The life of a session: created, read, changed and ended, over HTTP or the older way over WebSocket."""
