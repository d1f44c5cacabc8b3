"""What the steps of mobileswap hand to one another: frozen dataclasses, the files they are kept in, the errors.

A leaf package: it imports none of ours and no toolchain, so that a benchmark process that knows only a file and a
runtime can read it without importing PyTorch.
"""
