"""The site's config file, and which way of creating a session it chooses."""
