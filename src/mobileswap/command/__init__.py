"""The commands: each parses its options, calls pipeline/, and prints. mobileswap.py puts them together."""
