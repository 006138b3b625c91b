"""What an indicator gives, in one form: a frame of numbers with plain column names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulator.core.errors import PluginError


def as_outputs(result: Any, where: str, index: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """(T, K) outputs of an indicator, of a Series, of a frame, or of an array over ``index``; truth values as 0 and 1.

    A Series gives the column ``value`` (``state`` if it holds truth values), a frame one for each of its own, named
    by the last level of its labels where that suffices; an indicator's outputs are named by the indicator.

    Raises
    ------
    PluginError
        If it is none of these, has no dates, or holds no numbers.
    """
    named = getattr(result, "output_names", None)
    if named is not None:
        parts = {str(name): as_outputs(getattr(result, name), where, index) for name in named}
        return _joined(parts)
    if isinstance(result, np.ndarray) and index is not None and result.ndim in (1, 2) and len(result) == len(index):
        result = pd.Series(result, index) if result.ndim == 1 else pd.DataFrame(result, index)
    if isinstance(result, pd.Series):
        result = result.to_frame("state" if pd.api.types.is_bool_dtype(result) else "value")
    if not isinstance(result, pd.DataFrame):
        raise PluginError(f"{where}: an indicator, a Series or a frame was expected, not {type(result).__name__}")
    if not isinstance(result.index, pd.DatetimeIndex) or not len(result):
        raise PluginError(f"{where}: the output needs one row a session, indexed by dates")
    if not all(pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind) for kind in result.dtypes):
        raise PluginError(f"{where}: the output must hold numbers or truth values")
    values = result.to_numpy(np.float64, na_value=np.nan)
    days = result.index.tz_localize(None).normalize()
    return pd.DataFrame(values, days, _names(result.columns))


def _names(columns: pd.Index) -> list[str]:
    """Plain names of a frame's columns."""
    last = [str(get_level_value) for get_level_value in columns.get_level_values(-1)]
    if len(set(last)) == len(last):
        return last
    return ["/".join(map(str, column if isinstance(column, tuple) else (column,))) for column in columns]


def _joined(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """An indicator's outputs side by side: ``rsi``, or ``rsi/SPY`` where an output has several columns."""
    renamed = []
    for name, part in parts.items():
        single = part.shape[1] == 1
        renamed.append(part.set_axis([name if single else f"{name}/{column}" for column in part.columns], axis=1))
    return pd.concat(renamed, axis=1)
