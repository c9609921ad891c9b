"""The stored side of sessions: rows, ids and the store."""
