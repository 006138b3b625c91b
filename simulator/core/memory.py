"""What a process does with memory that it has freed."""

from __future__ import annotations

import ctypes
import platform
from typing import Final

#: Parameters of ``mallopt`` (GNU C library, malloc.h), in bytes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
#: Blocks below this are taken from the heap (the most it allows), and so much of it is kept once it is free.
_MOST_OF_HEAP: Final = 32 * 2**20
_KEPT: Final = 256 * 2**20


def keep_freed() -> None:
    """Have this process keep the memory of arrays that it frees, for those that come next.

    Work that goes over panels of one size again and again otherwise gives each back to the system, which clears its
    pages before it hands them out again: an eighth of the time of a sweep. Only the GNU C library can be told.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _MOST_OF_HEAP)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)
