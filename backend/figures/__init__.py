"""What the pages tell of themselves, counted; and the counts of each minute, kept for /status."""
