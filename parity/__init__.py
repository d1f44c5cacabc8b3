"""Judges outputs: measures how far they are from the untouched network's, and says whether that is near enough."""
