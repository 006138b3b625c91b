"""The kernel of gross settlement: payments in the order of their time, first in first out for each account."""

from __future__ import annotations

from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray


@kernel
def settle_nb(
    payer: IntArray,
    payee: IntArray,
    amount: FloatArray,
    hour: FloatArray,
    balance: FloatArray,
    credit: FloatArray,
    settled: FloatArray,
    following: IntArray,
    ends: IntArray,
    awake: IntArray,
) -> None:
    """Fill ``settled`` (P,), which comes as NaN, with hours; ``balance`` (A,) moves with the payments.

    ``following`` (P,) and ``ends`` (2, A), which come as -1, are the queues; ``awake`` (P + 2,) is room for accounts
    whose queue is to be looked at.
    """
    for k in range(payer.size):
        who = payer[k]
        if ends[0, who] >= 0:
            following[ends[1, who]] = k
            ends[1, who] = k
            continue
        ends[0, who] = k
        ends[1, who] = k
        awake[0] = who
        waiting = 1
        while waiting > 0:
            waiting -= 1
            account = awake[waiting]
            first = ends[0, account]
            if first < 0 or balance[account] + credit[account] < amount[first]:
                continue
            settled[first] = hour[k]
            balance[account] -= amount[first]
            balance[payee[first]] += amount[first]
            ends[0, account] = following[first]
            awake[waiting] = account
            awake[waiting + 1] = payee[first]
            waiting += 2
