"""What newspapers write about banks: late, not everything, and now and then of a stress that is none."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from .system import Simulated

#: Sessions between two items while stress builds up, and while it is manifest.
_WEAK_EVERY, _CLEAR_EVERY = 10, 4
_TEXT: Final = {1: "weak evidence", 2: "clear evidence", 3: "no longer operating"}
_FAR: Final = 30


def written(simulated: Simulated, rng: np.random.Generator) -> pd.DataFrame:
    """Items of news by day and bank: ``bank``, ``date``, ``severity`` (1, 2 or 3), ``text``.

    True items come late by a geometric number of sessions and are missed with a probability, except the last one, that
    a bank no longer operates, which comes on its day; misleading ones lie at least thirty sessions off the episode.
    """
    system, log = simulated.system, simulated.payments.log
    rows: list[tuple[int, int, int]] = []
    for episode in simulated.episodes:
        weak = range(episode.start + _WEAK_EVERY // 2, episode.manifest, _WEAK_EVERY)
        clear = range(episode.manifest, episode.end, _CLEAR_EVERY)
        for severity, days in ((1, weak), (2, clear)):
            for day in days:
                late = int(rng.geometric(1.0 / (1.0 + system.lateness))) - 1
                if rng.random() >= system.missed:
                    rows.append((day + late, episode.bank, severity))
        if episode.fails:
            rows.append((episode.end, episode.bank, 3))
        for _ in range(int(rng.poisson(system.misleading * system.sessions / 250.0))):
            day = int(rng.integers(0, system.sessions))
            severity = 2 if rng.random() < 0.25 else 1
            beside = day < episode.start - _FAR or (day > episode.end + _FAR and not episode.fails)
            if beside:
                rows.append((day, episode.bank, severity))
    kept = sorted(row for row in rows if row[0] < system.sessions)
    return pd.DataFrame(
        {
            "bank": [log.accounts[bank] for _, bank, _ in kept],
            "date": [str(log.sessions[day]) for day, _, _ in kept],
            "severity": [severity for _, _, severity in kept],
            "text": [_TEXT[severity] for _, _, severity in kept],
        }
    )
