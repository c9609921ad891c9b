"""The speaker's account: signing in, refreshing tokens, signing out."""
