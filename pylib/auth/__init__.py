"""Who is speaking: signing in, keeping the tokens fresh, signing out."""
