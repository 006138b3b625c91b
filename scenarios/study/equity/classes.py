"""The class of each share, and what both laws make of it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simulator.liquidity.share_law import LAWS, Checklist, share_treatment

from .run import CHOSEN_MODEL, CHOSEN_SET, EquityStudy

_FINANCIAL: Final = ("financial", "bank", "insurance")
#: What the study cannot know of a share, and takes as met.
TAKEN: Final = "index membership, currency, encumbrance, listing and the operational requirements"


def class_table(study: EquityStudy) -> pd.DataFrame:
    """A row a share: its classes, and level, haircut, run-off and stable funding under each law.

    ``probability`` is the mean out-of-fold probability of being liquid of the chosen model, by the fall of 40%, and
    ``amihud_probability`` by the Amihud label; ``liquid`` calls what is at least as likely as not. A law counts a share
    whose predicted class is liquid and whose issuer is not financial.
    """
    run = study.of("price_drop", CHOSEN_SET, CHOSEN_MODEL)
    probability = run.probability.mean(axis=0)
    sectors = [str(sector) for sector in study.data.bars.sectors]
    table = pd.DataFrame(
        {
            "ticker": study.data.bars.tickers,
            "sector": sectors,
            "probability": probability,
            "liquid": probability >= 0.5,
            "was_liquid": study.actual["price_drop"],
            "largest_fall": np.expm1(study.worst),
            "amihud_probability": study.of("amihud", CHOSEN_SET, CHOSEN_MODEL).probability.mean(axis=0),
            "amihud_was_liquid": study.actual["amihud"],
        }
    )
    lists = [
        Checklist(proven_in_stress=bool(liquid), not_financial=not any(word in sector.lower() for word in _FINANCIAL))
        for liquid, sector in zip(table["liquid"], sectors, strict=True)
    ]
    for law in LAWS:
        treated = [share_treatment(checklist, law) for checklist in lists]
        for name in ("level", "haircut", "secured_run_off", "stable_funding"):
            table[f"{law}_{name}"] = [getattr(treatment, name) for treatment in treated]
    table["failed"] = [", ".join(checklist.failed) for checklist in lists]
    return table


def instrument_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same as a scenario's instruments: ticker, class, sector, level (Basel) and stressed haircut.

    Haircuts of a fund's coverage are of what a sale brings, not of what a law counts: a share that is called liquid
    takes that of its class, any other twice as much.
    """
    from simulator.core.instruments import CLASS_DEFAULTS

    usual = CLASS_DEFAULTS["equity"][1]
    return pd.DataFrame(
        {
            "ticker": table["ticker"],
            "class": "equity",
            "sector": table["sector"],
            "level": table["basel_level"],
            "stressed_haircut": np.where(table["liquid"], usual, 2.0 * usual),
        }
    )
