"""``python -m bench run …`` is ``mobileswap bench run …``."""

import sys

from mobileswap import main

main(["bench", *sys.argv[1:]])
