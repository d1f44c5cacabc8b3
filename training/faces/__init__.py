"""Faces rendered from an identity and attributes, so that the truth of every swap is known exactly."""
