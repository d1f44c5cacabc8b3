"""Where things lie, for tests that start processes of their own."""

from pathlib import Path

SHARED = Path(__file__).parent
ROOT = SHARED.parents[1]
