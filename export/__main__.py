"""``python -m export coreml --weights W`` is ``mobileswap export coreml --weights W``; `export` alone is a shell's."""

import sys

from mobileswap import main

sys.argv.insert(1, "export")  # and so it stands in what is recorded of the command
main()
