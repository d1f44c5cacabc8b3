"""The tiny family of tests/pipeline, whose networks export in a second."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_spec = spec_from_file_location("tiny_pipeline", Path(__file__).parents[1] / "pipeline" / "conftest.py")
_module = sys.modules["tiny_pipeline"] = module_from_spec(_spec)
_spec.loader.exec_module(_module)
globals().update({name: value for name, value in vars(_module).items() if not name.startswith("__")})
