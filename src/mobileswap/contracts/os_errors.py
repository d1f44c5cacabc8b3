"""What to do about an error of the operating system, by what it is."""

import errno

_ADVICE = {
    errno.ENOSPC: "make room, or choose another folder",
    errno.EDQUOT: "make room within your quota, or choose another folder",
    errno.EACCES: "you may not do that there; have its permissions changed, or choose another folder",
    errno.EPERM: "the system does not allow that there; have its permissions changed, or choose another folder",
    errno.EROFS: "nothing can be written there; choose another folder",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.EISDIR: "expected a file; give a file's name",
    errno.ENOTDIR: "expected a folder; give a folder's name",
    errno.ENOENT: "check the name, or make what is missing",
    errno.EEXIST: "remove what has that name, or choose another",
    errno.ENOTEMPTY: "empty that folder, or choose another",
    errno.ELOOP: "its links lead in a circle; give another path",
    errno.EBUSY: "another program or a mount has it; end that, or choose a folder below it",
    errno.EXDEV: "the two are on different file systems; choose a folder on the same one",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "end other programs, or raise the system's limit of open files",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f), or choose another file system",
    errno.EIO: "the disk or the way to it fails; check it, or choose another",
    errno.ESTALE: "the file server lost it; try again, or choose another folder",
    errno.ENOMEM: "end other programs, or raise the limit of this one",
    errno.EAGAIN: "end other programs, or raise the limit of processes (ulimit -u)",
}


def advice(error: OSError) -> str:
    """In words that end a message; for what is in no list, to try again."""
    return _ADVICE.get(error.errno or 0, "check it, and try again")
