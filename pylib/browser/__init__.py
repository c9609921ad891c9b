"""Adapters for the ports, and the only room that calls JavaScript."""
