"""Limits of the machine as sentences: no space, no permission, too few file handles, an output that has gone."""

import errno

from fundusfm.errors import SystemLimitError
from fundusfm.names import shown

LIMITS = {
    errno.ENOSPC: ("SPACE", "no space is left on the device", "free some space, or give a folder on another disk"),
    errno.EDQUOT: ("SPACE", "the disk quota is used up", "free some space, or give a folder on another disk"),
    errno.EROFS: ("READ-ONLY", "the file system is read-only", "give a folder that can be written"),
    errno.EACCES: ("PERMISSION", "permission is denied", "give a folder that you may read and write"),
    errno.EPERM: ("PERMISSION", "permission is denied", "give a folder that you may read and write"),
    errno.EMFILE: ("HANDLES", "too many files are open", "raise the limit (ulimit -n 4096), or use fewer --workers"),
    errno.ENFILE: ("HANDLES", "too many files are open", "close other programs, or use fewer --workers"),
    errno.EEXIST: ("GONE", "a file stands where a folder is needed", "give another path"),
    errno.ENOENT: ("GONE", "it does not exist, or not any more", "check the path, and leave folders where they are"),
    errno.ENOTDIR: ("GONE", "a part of the path is a file", "give another folder"),
    errno.ESTALE: ("GONE", "the network folder has gone", "mount it again, and start the command with --resume"),
}
"""Error number to the last part of the code, what happened, and the fix."""

_CACHE_HINT = "; $FUNDUSFM_CACHE names another cache folder"


def as_system_limit(error: OSError) -> SystemLimitError | None:
    """Returns the error that says in a sentence which limit of the machine was met, or None for any other error.

    Args:
        error: What the operating system refused.
    """
    if error.errno not in LIMITS:
        return None
    code, what, fix = LIMITS[error.errno]
    where = shown(error.filename) if error.filename else "An output or temporary folder"
    hint = _CACHE_HINT if "fundusfm" in where and "cache" in where else ""
    return SystemLimitError(f"{where}: {what}. To mend it: {fix}{hint}.", code=code)
