"""The wire, defined once: read by both pages and by the backend."""
