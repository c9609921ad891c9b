"""What a site consists of: the pages' archives, and what its pages may do."""
