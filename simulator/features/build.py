"""From a market to a panel: every feature asked for, computed in one pass over shared intermediate results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.panels import FeaturePanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray

from .columns import column, lacking
from .feature import Feature
from .registry import FAMILIES, find
from .workspace import Workspace


def panel(
    source: FeatureSource | MarketData | Workspace,
    names: Sequence[str | Feature] = FAMILIES,
    *,
    aliases: Mapping[str, str] | None = None,
) -> FeaturePanel:
    """Features of a market, one column each.

    Parameters
    ----------
    source
        The market as observed (a :class:`MarketData`, the view of it that signals get, or a workspace of it that others
        share, which knows its aliases).
    names
        Names of features, names of families, or features of one's own; everything by default. What cannot be
        computed from this market is left out and named in ``absent``, unless it was asked for by its own name.
    aliases
        Names of the market's series by role (see :data:`simulator.features.ROLES`), where they differ.

    Raises
    ------
    ParameterError
        For a name that is neither a feature nor a family.
    DataError
        For a feature asked for by its own name that this market cannot give, naming what it lacks.
    """
    workspace = source if isinstance(source, Workspace) else Workspace(source, aliases)
    present, absent = possible(names, workspace)
    columns = [column(feature, workspace) for feature in present]
    shape = (workspace.sessions.size, len(columns))
    return FeaturePanel(
        workspace.sessions,
        tuple(feature.name for feature in present),
        np.column_stack([column.values for column in columns]) if columns else np.zeros(shape),
        np.column_stack([column.known_at for column in columns]) if columns else np.zeros(shape, "datetime64[D]"),
        late=np.column_stack([column.late for column in columns]) if columns else np.zeros(shape, np.bool_),
        coverage=np.column_stack([column.coverage for column in columns]) if columns else np.zeros(shape),
        warmups=np.array([feature.warmup for feature in present], dtype=np.int64),
        absent=absent,
    )


def asset_panel(
    source: FeatureSource | MarketData,
    names: Sequence[str | Feature] = FAMILIES,
    *,
    aliases: Mapping[str, str] | None = None,
) -> tuple[tuple[str, ...], FloatArray]:
    """Names and (T, N, K) values of the features that have one value an asset, before they are reduced.

    Features that are market-wide are left out. A value is known at its session's close.
    """
    workspace = Workspace(source, aliases)
    present = [feature for feature in possible(names, workspace)[0] if feature.reduction is not None]
    values = np.full((*workspace.market.shape, len(present)), np.nan)
    for k, feature in enumerate(present):
        values[:, :, k] = feature.compute(workspace)
    return tuple(feature.name for feature in present), values


def possible(names: Sequence[str | Feature], workspace: Workspace) -> tuple[list[Feature], dict[str, str]]:
    """The features that are asked for by name or family and can be computed, and what each of the others lacks.

    Raises
    ------
    ParameterError
        For a name that is neither a feature nor a family.
    DataError
        For a feature asked for by its own name that this market cannot give, naming what it lacks.
    """
    wanted, single = find(names)
    lacks = {feature.name: lacking(feature, workspace) for feature in wanted}
    for name in single:
        if lacks[name]:
            raise DataError(f"feature {name!r} needs {lacks[name]}, which this market does not have")
    return [feature for feature in wanted if not lacks[feature.name]], {
        name: text for name, text in lacks.items() if text
    }
