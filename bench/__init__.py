"""Executes and judges artifacts. Knows files, not models: it imports nothing of model/ or export/."""
