"""Predicts what a device will do with an artifact, from the file alone."""
