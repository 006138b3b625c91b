"""The sections of a run's page, in its order; a scenario may choose among them."""

from __future__ import annotations

from typing import Final

#: By name in a scenario file: what the section shows. Warnings, assumptions and notes on the data are always there.
SECTIONS: Final = {
    "answer": "each policy against the benchmark, in a sentence",
    "comparison": "the table of figures",
    "diagnostics": "what a colleague would ask of the results",
    "verdicts": "what the signals were worth, where they are judged",
    "shocks": "what shocks did, where there are any",
    "growth": "value of one unit over time",
    "drawdown": "falls below the highest value so far",
    "rolling": "return, volatility and Sharpe ratio of the year before each session",
    "coverage": "liquidity coverage and days to cash over time",
    "weights": "what each policy held over time",
    "turnover": "what each policy turned over in the year before each session",
    "costs": "what trading cost, by component, and over time",
    "signals": "levels of the signals, and when they were on",
    "decisions": "share invested, decisions, the signals that each policy follows, and what each decision added",
    "years": "returns by calendar year and month",
    "assets": "what each asset and each decision contributed",
    "limits": "limits that held something back",
    "flows": "investors' money, where there is any",
    "crises": "figures of each crisis, and between any two dates",
    "trades": "fills in raw shares, to be searched",
}
