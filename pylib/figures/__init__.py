"""What a page counts of how it fares, and how that reaches the server. No browser in here."""
