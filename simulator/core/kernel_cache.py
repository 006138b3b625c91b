"""Machine code of kernels on disk, in entries that vouch for themselves.

Numba's own files do not: a truncated index stops every run, a flipped bit in machine code is executed, and where the
folder cannot be written it falls back, without a word, to files beside the source, in which edits of callees go
unnoticed.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

from numba.core.caching import FunctionCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from .cache import Cache


class KernelCache(FunctionCache):  # type: ignore[misc]  # numba has no types
    """What a dispatcher loads compiled overloads of one kernel from, and saves them to.

    Parameters
    ----------
    function
        The kernel as plain Python.
    kept
        Where entries lie, an overload each.
    """

    def __init__(self, function: Callable[..., Any], kept: Cache) -> None:
        # nothing of FunctionCache's own files: its key of an overload alone is used
        self._py_func, self._kept = function, kept
        self._stem = f"{function.__module__}.{function.__qualname__}-{function.__code__.co_firstlineno}"

    @property
    def cache_path(self) -> str:
        """The folder of the entries."""
        return str(self._kept.folder)

    def flush(self) -> None:
        """Forget nothing: an entry is overwritten when its overload is compiled anew."""

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        """The overload for a signature; ``None`` if it has to be compiled."""
        target_context.refresh()
        key = self._index_key(sig, target_context.codegen())
        name = self._entry(key)
        content = self._kept.get(name)
        if content is None:
            return None
        try:
            held, parts = pickle.loads(content)  # noqa: S301 - as we wrote it: its digest says so
            return CompileResult._rebuild(target_context, *parts) if held == key else None
        except Exception:  # noqa: BLE001 - whatever keeps an entry from being used, the kernel is compiled anew
            self._kept.refuse(name)
            return None

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        """Keep what was compiled for a signature."""
        if any(not part.can_cache for part in data.lifted) or data.library.has_dynamic_globals:
            return  # it holds addresses of this very process
        key = self._index_key(sig, data.codegen)
        self._kept.put(self._entry(key), dumps((key, data._reduce())))

    def _entry(self, key: Any) -> str:
        return f"{self._stem}-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.nbc"
