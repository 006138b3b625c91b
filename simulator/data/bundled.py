"""The market that comes along, from data inside packages we depend on; nothing is downloaded.

skfolio carries adjusted closes of 20 US large caps and the S&P 500, daily from 1990 to 2022; arch carries S&P 500
open, high, low, close and volume from 1999 to 2018 and monthly bill rates (Fama & French) to 2018. The 20 shares
are survivors, chosen with hindsight: figures from them compare policies, not skill.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from importlib import metadata
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.instruments import Instrument
from simulator.core.market import MarketData
from simulator.core.release import ReleaseRule
from simulator.core.series import ExogenousSeries

US_LARGE_CAPS: Final = "us-large-caps"
_FILES: Final = {
    "prices": ("skfolio", "skfolio/datasets/data/sp500_dataset.csv.gz"),
    "index": ("skfolio", "skfolio/datasets/data/sp500_index.csv.gz"),
    "ohlcv": ("arch", "arch/data/sp500/sp500.csv.gz"),
    "rates": ("arch", "arch/data/frenchdata/frenchdata.csv.gz"),
}


def _packaged(what: str) -> pd.DataFrame:
    """A data file of an installed package, found without importing it (skfolio and arch import slowly)."""
    package, path = _FILES[what]
    try:
        found = metadata.distribution(package).locate_file(path)
        content = gzip.decompress(found.read_bytes())  # type: ignore[attr-defined]
    except (metadata.PackageNotFoundError, OSError):
        raise DataError(f"the bundled market needs {path} of package {package!r}; reinstall undertow") from None
    return pd.read_csv(io.BytesIO(content), index_col=0)


def _dated(what: str, form: str) -> pd.DataFrame:
    frame = _packaged(what)
    frame.index = pd.to_datetime(frame.index.astype(str), format=form)
    return frame


def bill_rates(sessions: pd.DatetimeIndex, afterwards: float) -> pd.Series:
    """Annual cash rate (ACT/360) on each session.

    A one-month bill bought at the end of a month pays that month's published return over the next one, so the
    rate of each month is known on its eve; the last day of a month already holds the next month's rate. Where the
    source ends the assumed rate holds.
    """
    monthly = _dated("rates", "%Y%m")["RF"] / 100.0
    months = pd.DatetimeIndex(monthly.index)
    annual = pd.Series(monthly.to_numpy() * 360.0 / months.days_in_month, index=months.to_period("M"))
    holding = pd.PeriodIndex(_months_held(sessions))
    return pd.Series(annual.reindex(holding).to_numpy(), sessions).fillna(afterwards)


def _months_held(sessions: pd.DatetimeIndex) -> pd.Series:
    """The month in which cash held from each session to the next earns."""
    return pd.Series(sessions, index=sessions).shift(-1).ffill().dt.to_period("M")


def last_bill_rate() -> pd.Timestamp:
    """The last month for which a bill rate is known."""
    return pd.Timestamp(_dated("rates", "%Y%m").index[-1])


def us_large_caps(assumed_adv: float, cash_rate: float) -> MarketData:
    """The bundled market.

    Parameters
    ----------
    assumed_adv
        Daily notional of each share in currency: the source has no volumes.
    cash_rate
        Annual rate after the source of bill rates ends (November 2018).
    """
    close = _dated("prices", "%Y-%m-%d").sort_index()
    index = _dated("index", "%Y-%m-%d").iloc[:, 0]
    ohlcv = _dated("ohlcv", "%m/%d/%Y")
    day_range = pd.Series(np.log(ohlcv["High"] / ohlcv["Low"]), ohlcv.index)
    sessions = pd.DatetimeIndex(close.index)
    at_close = ReleaseRule()
    series = {
        "SP500": ExogenousSeries.from_pandas(index, at_close, "SP500"),
        "SP500_RANGE": ExogenousSeries.from_pandas(day_range, at_close, "SP500_RANGE"),
        "SP500_VOLUME": ExogenousSeries.from_pandas(ohlcv["Volume"].astype(float), at_close, "SP500_VOLUME"),
    }
    market = MarketData.from_frames(
        close,
        cash_rate=bill_rates(sessions, cash_rate),
        instruments={name: Instrument("equity") for name in close.columns},
        series=series,
        raw_known=False,
        assumed_adv=assumed_adv,
    )
    return replace(market, cash_rate_stated=(_months_held(sessions) > last_bill_rate().to_period("M")).to_numpy())
