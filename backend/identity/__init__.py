"""Who is asking: the verifier of id tokens, and the pool of the development server."""
