"""The account's own talks: how they went, and those that have not ended."""
