"""Fetch what Lectern runs on, find the programs tests need, and build the static site."""
