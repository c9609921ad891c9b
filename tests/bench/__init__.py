"""Figures, printed as a table; nothing here passes or fails."""
