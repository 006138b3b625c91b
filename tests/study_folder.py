"""A data folder for studies: markets that follow one hidden degree of stress, and an index that measures it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def write_study_folder(folder: Path, *, seed: int = 0, end: str = "2011-06-30") -> Path:
    """Write ``etf``, ``markets`` and ``macro`` from 2006 on (the index from 2000), business days only."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2000-01-03", end)
    stress = _stress(days, rng)
    for name in ("etf", "markets", "macro"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    recent = days >= pd.Timestamp("2006-01-02")
    for number, ticker in enumerate(("SPY", "TLT", "HYG")):
        prices = _quotes(days, 0.01 * (1.0 + 2.0 * stress), rng, level=100.0, drift=-0.002 * stress * (number != 1))
        prices["Adj Close"] = prices["Close"]
        prices["Volume"] = (1e6 * rng.lognormal(0.0, 0.3, len(days)) * (1.0 + stress)).round()
        prices[recent].to_csv(folder / "etf" / f"{ticker}.csv", index=False)
    vix = _quotes(days, np.full(len(days), 0.02), rng, level=15.0)
    for column in ("Open", "High", "Low", "Close"):
        vix[column] = 15.0 * vix[column] / vix["Close"] * (1.0 + 1.5 * stress) * rng.lognormal(0.0, 0.03, len(days))
    vix["High"], vix["Low"] = (
        vix[["Open", "High", "Low", "Close"]].max(axis=1),
        vix[["Open", "Low", "Close"]].min(axis=1),
    )
    vix.to_csv(folder / "markets" / "VIX.csv", index=False)
    for name in ("CL", "NDX", "N100"):
        quotes = _quotes(days, 0.015 * (1.0 + stress), rng, level=1000.0)
        quotes.to_csv(folder / "markets" / f"{name}.csv", index=False)
    for name, scale in (("TEDRATE", 1.0), ("CPFF", 0.5)):
        values = np.round(0.2 + scale * stress + rng.normal(0.0, 0.05, len(days)), 2)
        pd.DataFrame({"DATE": days.strftime("%Y-%m-%d"), name: values}).to_csv(
            folder / "macro" / f"{name}.csv", index=False
        )
    weekly = pd.Series(stress, days).resample("W-FRI").mean().dropna()
    weekly = weekly[weekly.index <= days[-1]]
    index = pd.DataFrame({"DATE": weekly.index.strftime("%Y-%m-%d"), "STLFSI2": weekly.to_numpy().round(4)})
    index.to_csv(folder / "macro" / "STLFSI2.csv", index=False)
    return folder


def _stress(days: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Calm with noise, and a spell of stress of two months a year, of differing height."""
    level = np.zeros(len(days))
    for year in range(2000, 2012):
        start = days.searchsorted(pd.Timestamp(f"{year}-{rng.integers(2, 10):02d}-01"))
        spell = np.arange(start, min(start + 45, len(days)))
        level[spell] += rng.uniform(0.5, 2.0) * np.sin(np.linspace(0.1, np.pi, spell.size))
    return level + 0.05 * np.abs(np.convolve(rng.normal(size=len(days)), np.ones(10) / 10, mode="same"))


def _quotes(
    days: pd.DatetimeIndex, daily: np.ndarray, rng: np.random.Generator, level: float, drift: np.ndarray | float = 0.0
) -> pd.DataFrame:
    close = level * np.exp(np.cumsum(drift + daily * rng.normal(size=len(days))))
    open_ = close * np.exp(0.3 * daily * rng.normal(size=len(days)))
    high = np.maximum(open_, close) * np.exp(np.abs(0.5 * daily * rng.normal(size=len(days))))
    low = np.minimum(open_, close) * np.exp(-np.abs(0.5 * daily * rng.normal(size=len(days))))
    dates = days.strftime("%Y-%m-%d")
    return pd.DataFrame({"Date": dates, "Open": open_, "High": high, "Low": low, "Close": close})
