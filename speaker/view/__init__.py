"""What the speaker page shows, and how clicks and keys become calls."""
