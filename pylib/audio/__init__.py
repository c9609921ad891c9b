"""Sound as numbers and decisions; no browser in here."""
