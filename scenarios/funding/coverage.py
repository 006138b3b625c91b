"""The liquidity coverage ratio of a book that is funded as a bank is, on every session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from reports.text import percent
from simulator.core.bounds import Bounds
from simulator.core.errors import DataError, nearest
from simulator.core.types import DateArray, FloatArray
from simulator.engine import RunResult
from simulator.engine.liquid import conditions_of, liquidity_columns
from simulator.liquidity import liquidity_coverage_ratio, stressed_outflows, weighted_inflows

from .terms import Funding

#: Days after which a probability of stress is no longer known.
STALE: Final = 7
_COLUMNS: Final = ("scale", "loss", "model", "bank", "date", "probability")


@dataclass(frozen=True, eq=False)
class FundedBook:
    """(T,) each, by session of one policy.

    Attributes
    ----------
    stock
        High-quality liquid assets after haircuts and caps, a share of net assets.
    probability
        Of stress of the bank; NaN where it is unknown, and the law's rates hold.
    outflows
        Of thirty days, a share of net assets.
    usual, ratio
        Liquidity coverage ratio at the law's rates, and at those that the probability moves; NaN without net outflow.
    """

    sessions: DateArray
    stock: FloatArray
    probability: FloatArray
    outflows: FloatArray
    usual: FloatArray
    ratio: FloatArray


def coverage_of(results: Mapping[str, RunResult], funding: Funding) -> dict[str, FundedBook]:
    """Every policy's book, funded as stated.

    Raises
    ------
    DataError
        Where the market has no volumes, or the study's folder does not hold what is asked for.
    """
    first = next(iter(results.values()))
    if conditions_of(first, stressed=False) is None:
        raise DataError("funding: needs volumes, and the market has none for some asset; leave out [funding]")
    probability = _probability(funding, first.sessions)
    chance = np.nan_to_num(probability)
    outflows, law = (
        stressed_outflows(funding.liabilities, at, rule=funding.rule, rates=funding.rates, stressed=funding.stressed)
        for at in (chance, np.zeros_like(chance))
    )
    inflows = weighted_inflows(funding.inflows, rule=funding.rule)
    found = {}
    for name, result in results.items():
        stock = liquidity_columns(result, np.arange(len(result.sessions)))["hqla"]
        found[name] = FundedBook(
            result.sessions,
            stock,
            probability,
            np.broadcast_to(outflows, stock.shape),
            liquidity_coverage_ratio(stock, law, inflows),
            liquidity_coverage_ratio(stock, outflows, inflows),
        )
    return found


def _probability(funding: Funding, sessions: DateArray) -> FloatArray:
    """(T,) the last probability that was known at each close, for a week; NaN without one."""
    if funding.stress is None:
        return np.full(sessions.size, np.nan)
    path = Path(funding.stress) / "predictions.parquet"
    if not path.is_file():
        raise DataError(f"funding.stress: {path} is not there; give the folder of undertow study bank-stress")
    table = pd.read_parquet(path)
    lacking = [name for name in _COLUMNS if name not in table]
    if lacking:
        raise DataError(f"funding.stress: {path} has no column {lacking[0]}; it is not of undertow study bank-stress")
    here = table[(table["scale"] == "past") & (table["loss"] == "weighted") & (table["model"] == funding.model)]
    banks = sorted(set(here["bank"].astype(str)))
    if funding.bank not in banks:
        hint = nearest(str(funding.bank), banks)
        raise DataError(f"funding.bank: {funding.bank} is not in {path}{hint}; it has {', '.join(banks)}")
    own = here[here["bank"] == funding.bank].sort_values("date")
    known = pd.DataFrame({"date": own["date"].astype("datetime64[s]"), "probability": own["probability"]})
    asked = pd.DataFrame({"date": sessions.astype("datetime64[s]")})
    matched = pd.merge_asof(asked, known, on="date", tolerance=pd.Timedelta(days=STALE))
    return matched["probability"].to_numpy(np.float64)


def funding_table(books: Mapping[str, FundedBook]) -> pd.DataFrame:
    """A row a policy and session, for ``funding.csv``."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "policy": name,
                    "date": book.sessions,
                    "hqla": book.stock,
                    "probability": book.probability,
                    "outflows": book.outflows,
                    "lcr_usual": book.usual,
                    "lcr": book.ratio,
                }
            )
            for name, book in books.items()
        ],
        ignore_index=True,
    )


def funding_lines(books: Mapping[str, FundedBook], funding: Funding) -> Iterator[str]:
    """What must be read before the figures: where coverage was least, and what was assumed."""
    first = next(iter(books.values()))
    if funding.stress is not None:
        unknown = int(np.isnan(first.probability).sum())
        if unknown:
            yield (
                f"funding: no probability of stress of {funding.bank} on {unknown} of {first.sessions.size} sessions "
                "(none younger than a week); the usual run-off holds there"
            )
        assumed = [name for name in funding.liabilities if name not in funding.stressed]
        if assumed:
            yield (
                f"funding: under manifest stress {', '.join(assumed)} run off twice as fast as usual, an assumption; "
                "state funding.stressed"
            )
    least = {name: float(np.nanmin(book.ratio)) for name, book in books.items() if not np.isnan(book.ratio).all()}
    if not least:
        yield "funding: no book has a net outflow, so that its liquidity coverage ratio is undefined"
        return
    worst, best = (pick(least, key=lambda name: least[name]) for pick in (min, max))
    yield f"funding: {_least(worst, books[worst])}; funding.csv has every session of every policy"
    if best != worst:
        yield f"funding: {_least(best, books[best])}, the best of {len(least)}"


def apart_from_bound(bounds: Bounds, funding: Funding) -> Iterator[str]:
    """That ``bounds.min_lcr`` keeps another ratio than that of ``[funding]``."""
    if bounds.min_lcr is not None:
        yield (
            f"funding: bounds.min_lcr = {bounds.min_lcr:g} is kept of the redemption that [liquidity] assumes, not of "
            f"what runs off {', '.join(funding.liabilities)}: it is another ratio than this one, which no bound keeps"
        )


def _least(name: str, book: FundedBook) -> str:
    day = int(np.nanargmin(book.ratio))
    moved = book.ratio[day] != book.usual[day]
    usual = f", where the usual run-off gives {percent(float(book.usual[day]))}" if moved else ""
    return (
        f"the liquidity coverage ratio of {name} is {percent(float(book.ratio[day]))} at least, on "
        f"{book.sessions[day]}{usual}; below 100% on "
        f"{int((book.ratio < 1.0).sum())} of {book.sessions.size} sessions"
    )
