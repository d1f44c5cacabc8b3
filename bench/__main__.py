"""``python -m bench run …`` is ``mobileswap bench run …``."""

import runpy
import sys

sys.argv.insert(1, "bench")  # and so it stands in what is recorded of the command
runpy.run_module("mobileswap", run_name="__main__")
