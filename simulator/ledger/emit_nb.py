"""Writing one event from inside a kernel."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import EVENTS
from simulator.core.jit import kernel
from simulator.core.types import IntArray


@kernel
def emit_nb(
    events: npt.NDArray[Any],
    count: IntArray,
    session: int,
    kind: int,
    component: int,
    asset: int,
    decision: int,
    quantity: float,
    price: float,
    amount: float,
) -> None:
    """Append an event; a buffer of length zero records nothing. The caller has made sure that there is room.

    ``quantity`` is in shares, ``price`` in currency a share, ``amount`` in currency.

    Fields are named as items, which compiled code and plain Python both understand.
    """
    if events.shape[0] == 0:
        return
    k = count[EVENTS]
    events[k]["session"] = session
    events[k]["kind"] = kind
    events[k]["component"] = component
    events[k]["asset"] = asset
    events[k]["decision"] = decision
    events[k]["quantity"] = quantity
    events[k]["price"] = price
    events[k]["amount"] = amount
    count[EVENTS] = k + 1
