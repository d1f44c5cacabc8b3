"""``python -m bench run …`` is ``mobileswap bench run …``."""

import sys

from mobileswap import main

sys.argv.insert(1, "bench")  # and so it stands in what is recorded of the command
main()
