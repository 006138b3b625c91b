"""Whether a process of this machine still runs, to tell what it is writing from what it has left behind."""

from __future__ import annotations

import os


def runs(pid: int) -> bool:
    """Whether there is a process of that number; where that cannot be told, yes."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
