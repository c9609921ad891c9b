"""The live side of sessions: rooms, their sound, and what waits for each connection."""
