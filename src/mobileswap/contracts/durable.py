"""What the system gives for changes that a crash or a power cut either made or did not."""

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path

_AT_FDCWD = -100  # linux/fcntl.h
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h, RENAME_SWAP of Darwin's stdio.h
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on. Windows has no such thing for folders."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (*_CANNOT, errno.EBADF):  # some network file systems
            raise
    finally:
        os.close(handle)


def sync_below(path: Path) -> None:
    """A file, or everything in a folder and then the folder."""
    if path.is_symlink():
        return
    if path.is_dir():
        for entry in sorted(path.iterdir()):
            sync_below(entry)
    sync(path)


def exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where this system or file system cannot.

    Raises:
        OSError: it can, and these two cannot be swapped.
    """
    call = _rename_call()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


@cache
def _rename_call():  # type: ignore[no-untyped-def]  # noqa: ANN202  a C function
    if os.name != "posix":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        call = library.renameat2
        call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
        return lambda one, other: call(_AT_FDCWD, one, _AT_FDCWD, other, _EXCHANGE)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        call = library.renamex_np
        call.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
        return lambda one, other: call(one, other, _EXCHANGE)
    return None
