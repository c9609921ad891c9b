"""The live connection: a state machine without I/O, and the client that obeys it."""
