"""``python -m export coreml --weights W`` is ``mobileswap export coreml --weights W``; `export` alone is a shell's."""

import sys

from mobileswap import main

main(["export", *sys.argv[1:]])
