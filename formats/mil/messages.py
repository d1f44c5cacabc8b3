"""The message classes of a Core ML specification, which coremltools generated, without coremltools itself.

Importing coremltools takes as long as PyTorch again, for converters that reading a file has no use for. So its folder
``proto`` is loaded alone, as a package of ours. protobuf keeps one registry of descriptors and classes for the whole
process, so that coremltools may be imported before or after, and both then work with the same classes.
"""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from mobileswap.contracts.errors import Unavailable

_THEIRS = "coremltools.proto"
_OURS = f"{__name__}_proto"


def load_messages(name: str) -> ModuleType:
    """One of the generated modules, for instance ``Model_pb2``.

    Raises:
        Unavailable: coremltools is not installed.
    """
    if _THEIRS in sys.modules:
        return import_module(f"{_THEIRS}.{name}")
    if _OURS not in sys.modules:
        _load_package()
    return import_module(f"{_OURS}.{name}")


def _load_package() -> None:
    found = find_spec("coremltools")  # looks for it, and runs nothing of it
    if found is None or found.origin is None:
        raise Unavailable("an .mlpackage is read with the Python module coremltools, which is not installed")
    folder = Path(found.origin).parent / "proto"
    spec = spec_from_file_location(_OURS, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[_OURS] = package
    spec.loader.exec_module(package)
