"""``python -m mobileswap`` is ``mobileswap``."""

from mobileswap.command.app import main

main()
