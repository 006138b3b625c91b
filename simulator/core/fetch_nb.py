"""Asking the processor for memory that is needed soon, so that a loop need not wait for it.

A block of sessions is read asset by asset, in as many places as there are assets: what comes next of each is too far
away for a processor to foresee, and comes from memory at a hundred times the cost of what is near.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from numba import extending
from numba.core import cgutils, types

from simulator.core.jit import config, kernel

ir: Any = cgutils.ir
intrinsic: Any = extending.intrinsic
_LINE = 8  # numbers that come together
_READ, _SOON, _DATA = 0, 3, 1


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def _prefetch(typing_context: Any, panel: Any, i: Any, j: Any) -> Any:  # noqa: ARG001
    """LLVM's prefetch of panel[i, j]: it reads nothing and changes nothing."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        own = context.make_array(signature.args[0])(context, builder, arguments[0])
        strides = cgutils.unpack_tuple(builder, own.strides, 2)
        steps = [builder.mul(index, stride) for index, stride in zip(arguments[1:], strides, strict=True)]
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.gep(builder.bitcast(own.data, byte), [builder.add(*steps)])
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [place, word(_READ), word(_SOON), word(_DATA)])
        return context.get_dummy_value()

    return types.void(panel, types.int64, types.int64), generate


@kernel(inline=True)
def _fetch_nb(panel: npt.NDArray[Any], i: int, first: int, count: int) -> None:
    j, stop = first, min(first + count, panel.shape[1])
    while j < stop:  # a range with a step divides
        _prefetch(panel, i, j)
        j += _LINE


def _nothing(panel: npt.NDArray[Any], i: int, first: int, count: int) -> None:
    """Plain Python has nothing to ask for."""


#: Ask for ``count`` values (as many as there are) of row i of a panel from column ``first`` on.
fetch_nb = _nothing if config.DISABLE_JIT else _fetch_nb
