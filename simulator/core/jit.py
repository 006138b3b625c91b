"""How kernels are compiled: strict IEEE arithmetic, no GIL, cached on disk across processes.

Editing one kernel file does not invalidate numba's cache of a kernel in another file that calls it. So the
cache directory is keyed by a hash of *all* kernel sources (files named ``*_nb.py``, and the array bundles in
``core/abi.py``), of the versions of numba and LLVM and of the settings that change what is compiled: an edited kernel
never meets a stale one, and ``NUMBA_BOUNDSCHECK=1`` never meets a cache without bounds checks. Entries that are damaged
are compiled anew, and where nothing can be written kernels are compiled in memory: see :mod:`.kernel_cache`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast, overload

import llvmlite
import numba
import numpy as np
from numba.core import config as numba_config
from numba.core.types.misc import unliteral

from .cache import Cache, user_cache
from .kernel_cache import KernelCache
from .parts import PartCompiler

_F = TypeVar("_F", bound=Callable[..., Any])
_PACKAGES = ("simulator", "strategies", "signals", "scenarios")
_MACHINERY = ("jit.py", "parts.py", "kernel_cache.py", "cache.py", "processes.py", "abi.py")
_PART: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": PartCompiler}
config: Any = numba_config  # its settings are attributes made at run time


def kernel_sources() -> list[Path]:
    """Every file whose content decides what a kernel compiles to, in a fixed order."""
    core = Path(__file__).resolve().parent
    root = core.parents[1]
    found = [path for package in _PACKAGES for path in (root / package).rglob("*_nb.py")]
    return sorted([*found, *(core / name for name in _MACHINERY), core.parent / "ledger" / "events.py"])


def cache_directory() -> Path:
    """The directory in which this build of the kernels keeps its machine code."""
    settings = f"{numba.__version__} {llvmlite.__version__} {config.BOUNDSCHECK} {config.OPT}"
    digest = hashlib.sha256(settings.encode())
    for path in kernel_sources():
        digest.update(path.name.encode() + path.read_bytes())
    return user_cache() / "kernels" / digest.hexdigest()[:16]


_KEPT: Final = Cache(cache_directory(), "compiled kernels")
_SOURCES: Final = frozenset(str(path) for path in kernel_sources())


@overload
def kernel(function: _F) -> _F: ...
@overload
def kernel(*, inline: bool = False, parallel: bool = False) -> Callable[[_F], _F]: ...
def kernel(function: _F | None = None, *, inline: bool = False, parallel: bool = False) -> Any:
    """Compile a function on first use and keep the machine code in :func:`cache_directory`.

    ``inline`` forces the body into its callers (a plain call passes every array header); ``parallel`` allows
    ``prange``. Kernels allocate nothing, so reference counting is off (``_nrt``): with it, taking an array out of
    a bundle inside a loop costs two atomic operations, which made a replay four times slower.

    A kernel in a file of a user's own is compiled in memory: nothing watches what it takes from other files.
    With ``NUMBA_DISABLE_JIT=1`` kernels run as plain Python, as silent about division by zero as when compiled.
    """
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
    if inline:
        options["forceinline"] = True
    if parallel:
        options["parallel"] = True

    def compile_lazily(body: _F) -> _F:
        if config.DISABLE_JIT:
            return body if inline else np.errstate(all="ignore")(body)
        whole, part = numba.njit(**options)(body), numba.njit(**options, **_PART)(body)
        if str(Path(body.__code__.co_filename).resolve()) in _SOURCES:
            whole._cache = KernelCache(body, _KEPT)
        _called_as(whole, part)
        return cast("_F", whole)

    return compile_lazily if function is None else compile_lazily(function)


def _called_as(whole: Any, part: Any) -> None:
    """Let kernels that call ``whole`` be compiled with ``part``, once for all constants of a type.

    What Python calls has to unpack every array of every bundle, and numba would compile a kernel anew for each
    constant that it is called with (37 times the one that writes an event). Without both, and with parts that are
    optimised where they end (:mod:`.parts`), the replay compiles in 23 s of processor time instead of 56 s, takes a
    tenth of the room on disk and runs as fast: 0.98 to 1.03 on W1 to W4, plain and with everything on.
    """

    def template(args: Sequence[Any], kws: Mapping[str, Any]) -> Any:
        return part.get_call_template([unliteral(arg) for arg in args], {key: unliteral(kws[key]) for key in kws})

    whole.get_call_template, whole.get_overload = template, part.get_overload


def compiled_for(function: Callable[..., Any], arguments: Sequence[Any]) -> Callable[..., Any]:
    """The machine code of a kernel for arguments of these types, to be called with such arguments only.

    A call through numba's dispatcher looks at the type of every array of every bundle anew, which takes longer than
    everything else a short replay does in Python. Without compilation it is the function itself.
    """
    if config.DISABLE_JIT:
        return function
    key = (function, *map(_kind, arguments))
    if key not in _ENTRIES:
        dispatcher: Any = function
        signature = tuple(numba.typeof(argument) for argument in arguments)
        if signature not in dispatcher.overloads:
            dispatcher.compile(signature)
        _ENTRIES[key] = dispatcher.overloads[signature].entry_point
    return _ENTRIES[key]


#: Machine code by kernel and kinds of arguments: numba takes a hundred times as long to say of what type these are.
_ENTRIES: dict[tuple[Any, ...], Callable[..., Any]] = {}


def _kind(argument: Any) -> Any:
    """All that the type of an argument depends on: of an array its dtype, dimensions and flags, else its class."""
    if isinstance(argument, tuple):
        return (type(argument), *map(_kind, argument))
    if isinstance(argument, np.ndarray):
        return argument.dtype, argument.ndim, argument.flags.num
    return type(argument)
