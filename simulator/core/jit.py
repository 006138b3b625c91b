"""How kernels are compiled: strict IEEE arithmetic, no GIL, cached on disk across processes.

Editing one kernel file does not invalidate numba's cache of a kernel in another file that calls it. So the
cache directory is keyed by a hash of *all* kernel sources (files named ``*_nb.py``, and the array bundles in
``core/abi.py``), of numba's version and of the settings that change what is compiled: an edited kernel never
meets a stale one, and ``NUMBA_BOUNDSCHECK=1`` never meets a cache without bounds checks.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast, overload

import numba
import numpy as np
import platformdirs
from numba.core import config as numba_config

_F = TypeVar("_F", bound=Callable[..., Any])
_PACKAGES = ("simulator", "strategies", "signals")
_KEEP_DAYS = 30
config: Any = numba_config  # its settings are attributes made at run time


def kernel_sources() -> list[Path]:
    """Every file whose content decides what a kernel compiles to, in a fixed order."""
    root = Path(__file__).resolve().parents[2]
    found = [path for package in _PACKAGES for path in (root / package).rglob("*_nb.py")]
    here = Path(__file__).resolve()
    return sorted([*found, here, here.with_name("abi.py"), here.parents[1] / "ledger" / "events.py"])


def cache_directory() -> Path:
    """The directory in which this build of the kernels keeps its machine code."""
    digest = hashlib.sha256(f"{numba.__version__} {config.BOUNDSCHECK} {config.OPT}".encode())
    for path in kernel_sources():
        digest.update(path.name.encode() + path.read_bytes())
    base = os.environ.get("UNDERTOW_CACHE_DIR") or platformdirs.user_cache_dir("undertow", appauthor=False)
    return Path(base) / "kernels" / digest.hexdigest()[:16]


def _forget_old_builds(directory: Path) -> None:
    """Remove sibling builds that no process has started from for a month."""
    limit = time.time() - _KEEP_DAYS * 86_400
    for other in directory.parent.glob("*"):
        if other != directory and other.stat().st_mtime < limit:
            shutil.rmtree(other, ignore_errors=True)


def _prepare(directory: Path) -> str:
    try:
        if directory.exists():
            os.utime(directory)
        else:
            directory.mkdir(parents=True, exist_ok=True)
            _forget_old_builds(directory)
    except OSError:
        return str(config.CACHE_DIR)  # an unwritable home: numba picks its own place
    return str(directory)


_DIRECTORY = _prepare(cache_directory())


@overload
def kernel(function: _F) -> _F: ...
@overload
def kernel(*, inline: bool = False, parallel: bool = False) -> Callable[[_F], _F]: ...
def kernel(function: _F | None = None, *, inline: bool = False, parallel: bool = False) -> Any:
    """Compile a function on first use and keep the machine code in :func:`cache_directory`.

    ``inline`` forces the body into its callers (a plain call passes every array header); ``parallel`` allows
    ``prange``. Kernels allocate nothing, so reference counting is off (``_nrt``): with it, taking an array out of
    a bundle inside a loop costs two atomic operations, which made a replay four times slower.

    With ``NUMBA_DISABLE_JIT=1`` kernels run as plain Python, as silent about division by zero as when compiled.
    """
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True, "cache": True, "_nrt": False}
    if inline:
        options["forceinline"] = True
    if parallel:
        options["parallel"] = True

    def compile_lazily(body: _F) -> _F:
        if config.DISABLE_JIT:
            return body if inline else np.errstate(all="ignore")(body)
        before = config.CACHE_DIR
        config.CACHE_DIR = _DIRECTORY
        try:
            return cast("_F", numba.njit(**options)(body))
        finally:
            config.CACHE_DIR = before

    return compile_lazily if function is None else compile_lazily(function)


def compiled_for(function: Callable[..., Any], arguments: Sequence[Any]) -> Callable[..., Any]:
    """The machine code of a kernel for arguments of these types, to be called with such arguments only.

    A call through numba's dispatcher looks at the type of every array of every bundle anew, which takes longer than
    everything else a short replay does in Python. Without compilation it is the function itself.
    """
    if config.DISABLE_JIT:
        return function
    dispatcher: Any = function
    signature = tuple(numba.typeof(argument) for argument in arguments)
    if signature not in dispatcher.overloads:
        dispatcher.compile(signature)
    entry: Callable[..., Any] = dispatcher.overloads[signature].entry_point
    return entry
