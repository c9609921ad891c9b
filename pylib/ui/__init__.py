"""Interface parts that both pages share: languages, preferences, shortcuts. No browser in here."""
