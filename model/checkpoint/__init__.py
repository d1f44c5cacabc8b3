"""A user's weights: read without running code, recognised, and fitted to a component whole or not at all."""
