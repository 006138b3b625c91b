"""The metrics of a study once more, from predictions.parquet alone, by other means than the product's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics as sk

TIERS = ["green", "amber", "red"]


def recompute(rows: pd.DataFrame) -> dict[str, Any]:
    """Every score of one protocol and model, as metrics.json names them."""
    rows = rows.sort_values("date").reset_index(drop=True)
    actual, status = rows["actual"], rows["status"]
    table = pd.crosstab(actual, status).reindex(index=TIERS, columns=TIERS, fill_value=0)
    amber, red = table.loc["amber"], table.loc["red"]
    stressed = amber.sum() + red.sum()
    warned = table["amber"].sum() + table["red"].sum()
    out: dict[str, Any] = {
        "accuracy": sk.accuracy_score(actual, status),
        "ws": ratio(amber["amber"] + amber["red"] + red["amber"] + red["red"], stressed),
        "wws": ratio(amber["amber"] + 0.5 * amber["red"] + 0.5 * red["amber"] + red["red"], stressed),
        "tra": ratio(red["red"], red.sum()),
        "alert_precision": ratio(amber["amber"] + amber["red"] + red["amber"] + red["red"], warned),
        "alert_share": warned / len(rows),
        "precision": {tier: ratio(table.loc[tier, tier], table[tier].sum()) for tier in TIERS},
        "recall": {tier: ratio(table.loc[tier, tier], table.loc[tier].sum()) for tier in TIERS},
        "f1": {tier: ratio(2 * table.loc[tier, tier], table[tier].sum() + table.loc[tier].sum()) for tier in TIERS},
    }
    one_hot = np.stack([(actual == tier).to_numpy(float) for tier in TIERS], axis=1)
    out["brier"] = float(((rows[["p_green", "p_amber", "p_red"]].to_numpy() - one_hot) ** 2).sum(axis=1).mean())
    for name, event, chance in (
        ("red", actual == "red", rows["p_red"]),
        ("alert", actual != "green", rows["p_amber"] + rows["p_red"]),
    ):
        both = event.nunique() == 2
        out[f"auc_{name}"] = sk.roc_auc_score(event, chance) if both else None
        out[f"pr_auc_{name}"] = sk.average_precision_score(event, chance) if event.any() else None
        out[f"brier_{name}"] = float(((chance - event) ** 2).mean())
        share = event.mean()
        out[f"brier_skill_{name}"] = 1 - out[f"brier_{name}"] / (share * (1 - share)) if both else None
        ordered = pd.DataFrame({"p": chance, "e": event.astype(float)}).sort_values("p", kind="stable")
        parts = np.array_split(np.arange(len(rows)), 10)
        gaps = [len(part) * abs((ordered["p"] - ordered["e"]).iloc[part].mean()) for part in parts if len(part)]
        out[f"calibration_error_{name}"] = float(sum(gaps) / len(rows))
    return {**out, **_timing(rows)}


def _timing(rows: pd.DataFrame) -> dict[str, Any]:
    stress = [row != "green" for row in rows["actual"]]
    alert = [row != "green" for row in rows["status"]]
    leads, onsets = [], 0
    for i, now in enumerate(stress):
        if not now or i < 21 or any(stress[i - 21 : i]):
            continue
        onsets += 1
        for j in range(max(0, i - 10), len(rows)):
            if j > i and rows["date"][j] >= rows["known_at"][i]:
                break
            if alert[j]:
                leads.append((rows["known_at"][i] - rows["date"][j]).days)
                break
    false = 0
    for i, now in enumerate(alert):
        if not now or (i and alert[i - 1]):
            continue
        end = i
        while end < len(rows) and alert[end]:
            end += 1
        false += not any(stress[i : end + 10])
    return {
        "onset_recall": ratio(len(leads), onsets),
        "lead_days": ratio(sum(leads), len(leads)),
        "false_alarms_a_year": (365 if rows["date"].dt.day_of_week.max() > 4 else 252) * false / len(rows),
    }


def ratio(top: float, low: float) -> float | None:
    return float(top) / float(low) if low else None
