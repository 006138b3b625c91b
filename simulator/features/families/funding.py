"""What it costs to fund: unsecured and secured spreads, and the funding side's own ratios."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.features.feature import Feature

from ._published import level, with_past

_FAMILY: Final = "funding"
_PERCENT: Final = "percent"
_FUNDING: Final = "Brunnermeier & Pedersen (2009); Singh & Sinha, 5.1"

FEATURES: Final[tuple[Feature, ...]] = (
    *with_past(
        level(
            "ted",
            _FAMILY,
            "TED spread: 3-month LIBOR minus the 3-month bill",
            _FUNDING,
            _PERCENT,
            lambda ws: ws.series("TED"),
            "TED",
        )
    ),
    *with_past(
        level(
            "libor_minus_policy",
            _FAMILY,
            "3-month LIBOR minus the overnight policy rate",
            f"{_FUNDING} (LIBOR-OIS, the policy rate standing for OIS)",
            _PERCENT,
            lambda ws: ws.series("LIBOR") - ws.series("POLICY"),
            *("LIBOR", "POLICY"),
        )
    ),
    *with_past(
        level(
            "cp_minus_policy",
            _FAMILY,
            "3-month commercial paper minus fed funds, the last quote carried up to 90 days",
            "Tarkocin & Donduran, Table 3",
            _PERCENT,
            lambda ws: ws.series("CPFF"),
            "CPFF",
        )
    ),
    *with_past(
        level(
            "paper_minus_policy",
            _FAMILY,
            "90-day AA financial commercial paper minus the overnight policy rate",
            _FUNDING,
            _PERCENT,
            lambda ws: ws.series("PAPER") - ws.series("POLICY"),
            *("PAPER", "POLICY"),
        )
    ),
    *with_past(
        level(
            "repo_stress",
            _FAMILY,
            "overnight repo rate minus the overnight policy rate",
            "Singh & Sinha, 5.1 (repo market stress)",
            _PERCENT,
            lambda ws: ws.series("REPO") - ws.series("POLICY"),
            *("REPO", "POLICY"),
        )
    ),
    level(
        "lcr",
        _FAMILY,
        "liquidity coverage ratio of the funding side",
        "BCBS 238; Singh & Sinha, 3.1.1",
        "multiple",
        lambda ws: ws.series("LCR"),
        "LCR",
    ),
    level(
        "lcr_shortfall",
        _FAMILY,
        "max(1 - LCR, 0)",
        "BCBS 238, paragraph 17 (the floor of 100%)",
        "multiple",
        lambda ws: np.maximum(1.0 - ws.series("LCR"), 0.0),
        "LCR",
    ),
    level(
        "nsfr",
        _FAMILY,
        "net stable funding ratio of the funding side",
        "BCBS 295",
        "multiple",
        lambda ws: ws.series("NSFR"),
        "NSFR",
    ),
    level(
        "nsfr_shortfall",
        _FAMILY,
        "max(1 - NSFR, 0)",
        "BCBS 295, paragraph 9 (the floor of 100%)",
        "multiple",
        lambda ws: np.maximum(1.0 - ws.series("NSFR"), 0.0),
        "NSFR",
    ),
)
