"""One talk from Start to its end: opened, kept, found again, counted."""
