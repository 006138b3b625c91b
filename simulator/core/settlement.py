"""When the cash of a trade arrives: sessions from a trade to its settlement, by asset and by date of the trade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .errors import ParameterError, nearest
from .types import DateArray, IntArray, frozen
from .within import Within

#: Sessions from a trade to its cash.
SETTLEMENT: Final = Within(0, 30, unit="sessions")

#: Days by number, by a rule's name, by the first date of trades, or any of these by asset.
SettlementDays = int | str | Mapping[str, Any]

#: Rules by name: days of trades from a date on. US equities and ETFs: SEC rule 15c6-1 as adopted in 1993 (T+3), and as
#: amended with compliance dates 2017-09-05 (T+2, release 34-80295) and 2024-05-28 (T+1, release 34-96930).
RULES: Final[Mapping[str, Mapping[str, int]]] = {
    "us-equities": {"1900-01-01": 3, "2017-09-05": 2, "2024-05-28": 1},
}

_AT_ONCE: Final = frozen(np.zeros((0, 0)), np.uint8)


def check_settlement(stated: SettlementDays) -> None:
    """Raise :class:`ParameterError` unless settlement days are stated in one of the ways there are."""
    for rule in by_asset(stated).values():
        _steps(rule)


def settlement_of(
    stated: SettlementDays, sessions: DateArray, assets: tuple[str, ...], instruments: Mapping[str, int] | None = None
) -> npt.NDArray[np.uint8]:
    """(T, N) sessions from a trade to its cash, (1, N) if always the same; (0, 0) if every trade settles at once.

    Parameters
    ----------
    stated
        As :class:`simulator.core.execution.Execution` has it. Assets that a table by asset leaves out settle at once;
        trades before the first date of a table by date settle as those from it on.
    sessions
        (T,) days of trades.
    instruments
        What instruments state of themselves, by asset; a table by asset that names one of them says otherwise.

    Raises
    ------
    ParameterError
        If an asset is named that is not there.
    """
    table = {**by_asset(stated)}
    if instruments:
        table = {**({"": table.pop("")} if "" in table else {}), **instruments, **table}
    unknown = [name for name in table if name and name not in assets]
    if unknown:
        raise ParameterError(f"settlement_days: no asset {unknown[0]!r} in this market{nearest(unknown[0], assets)}")
    rules = {name: _steps(rule) for name, rule in table.items()}
    if not any(count for steps in rules.values() for _, count in steps):
        return _AT_ONCE
    days = np.zeros((sessions.size, len(assets)), np.uint8)
    for name, steps in rules.items():
        columns = slice(None) if not name else assets.index(name)
        place = np.searchsorted(np.array([day for day, _ in steps]), sessions, side="right") - 1
        own = np.array([count for _, count in steps], np.uint8)[np.maximum(place, 0)]
        days[:, columns] = own[:, None] if not name else own
    if not days.any():
        return _AT_ONCE
    return frozen(days if (days != days[0]).any() else days[:1], np.uint8)


def delayed(
    stated: SettlementDays,
    late: IntArray | None,
    sessions: DateArray,
    assets: tuple[str, ...],
    instruments: Mapping[str, int] | None = None,
) -> SettlementDays:
    """Settlement days with trades of each session settling (T, N) sessions later; as stated where none is.

    ``instruments`` as in :func:`settlement_of`.

    Raises
    ------
    ParameterError
        If trades would settle later than any may.
    """
    if late is None or not late.any():
        return stated
    usual = settlement_of(stated, sessions, assets, instruments)
    days = late + (usual.astype(np.int64) if usual.size else 0)
    if days.max() > SETTLEMENT.most:
        t, i = np.argwhere(days == days.max())[0]
        raise ParameterError(
            f"{assets[i]} of {sessions[t]} would settle {days.max()} sessions after its trade, with its delays; "
            f"at most {SETTLEMENT.most:g} can be: let them be shorter"
        )
    changes = np.concatenate([np.ones((1, len(assets)), bool), days[1:] != days[:-1]])
    return {
        name: {str(sessions[t].astype("datetime64[D]")): int(days[t, i]) for t in np.flatnonzero(changes[:, i])}
        for i, name in enumerate(assets)
    }


def by_asset(stated: SettlementDays) -> Mapping[str, Any]:
    """What is stated by asset, or by ``""`` what is stated for all."""
    if not isinstance(stated, Mapping):
        return {"": stated}
    if not stated:
        raise ParameterError("settlement_days: a table needs an asset or a date at least")
    dated = [name for name in stated if _is_date(name)]
    if not dated:
        return stated
    if len(dated) < len(stated):
        other = next(name for name in stated if name not in dated)
        raise ParameterError(
            f"settlement_days: {dated[0]!r} is a date and {other!r} is none; write one table by date for each asset"
        )
    return {"": stated}


def _steps(one: Any) -> list[tuple[np.datetime64, int]]:
    """First days of trades and their sessions to settlement, in order."""
    if isinstance(one, str):
        if one not in RULES:
            known = ", ".join(RULES)
            raise ParameterError(
                f"settlement_days: give a number of sessions or a rule ({known}), not {one!r}{nearest(one, RULES)}"
            )
        one = RULES[one]
    table = one if isinstance(one, Mapping) else {"1900-01-01": one}
    steps = []
    for day, days in table.items():
        if not _is_date(day):
            raise ParameterError(f"settlement_days: {day!r} is no date; write YYYY-MM-DD")
        if isinstance(days, bool) or not isinstance(days, int | np.integer):
            raise ParameterError(f"settlement_days: {days!r} is no whole number of sessions, nor a rule")
        SETTLEMENT.check("settlement_days", days)
        steps.append((np.datetime64(str(day), "D"), int(days)))
    if not steps:
        raise ParameterError("settlement_days: a table needs an asset or a date at least")
    return sorted(steps)


def _is_date(text: object) -> bool:
    try:
        return not np.isnat(np.datetime64(str(text), "D")) and len(str(text)) == len("YYYY-MM-DD")
    except ValueError:
        return False
