"""The HTTP side: what every request passes, the sessions API, its description, and the pages."""
