"""Reads the two files of a TNN network, strictly."""
