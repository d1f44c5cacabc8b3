"""``python -m export coreml --weights W`` is ``mobileswap export coreml --weights W``; `export` alone is a shell's."""

import runpy
import sys

sys.argv.insert(1, "export")  # and so it stands in what is recorded of the command
runpy.run_module("mobileswap", run_name="__main__")
