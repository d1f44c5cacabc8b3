"""Reads artifacts' files into plain values. Runs nothing: the lint and the executors both start from here."""
