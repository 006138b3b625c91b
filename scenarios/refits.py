"""Fitted models of earlier runs, found in the user's cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signals.stress.walk_forward import Kept


class UsersRefits:
    """The user's own cache, opened when a signal that learns asks for it: importing it takes a second."""

    def of(self, model: str, options: Mapping[str, Any], seed: int) -> Kept | None:
        """What is kept of a model with these options and this seed."""
        from signals.stress.saved import RefitCache

        return RefitCache.of_user().of(model, options, seed)
