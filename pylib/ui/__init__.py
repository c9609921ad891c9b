"""What both pages' interfaces are made of: languages, preferences, shortcuts; no browser in here."""
