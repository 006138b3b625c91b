"""Verdicts of look-ahead audits, kept in the user's cache under all that was audited, so that none is ever stale.

One counts for a run only if scenario (but for its words and the sections of its page), data, stored models, versions,
the code of Undertow and that of the user's own classes are those it was made of.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from reports.look_ahead import LookAhead
from reports.manifest import finite, source_hash, versions
from simulator.core.cache import Cache, user_cache

from .build import Scenario
from .own_sources import beside_own, own_sources
from .resolved import resolved
from .stored import fingerprints

_FOLDER: Final = "audits"
_WORDS: Final = ("title", "description", "extends", "without")


def keep_verdict(scenario: Scenario, clean: bool, told: Sequence[str]) -> None:
    """Keep what an audit of a scenario found, in place of what an earlier one did."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    content = json.dumps({"clean": clean, "told": list(told), "day": day})
    _cache().put(_key(scenario), content.encode())


def kept_verdict(scenario: Scenario) -> LookAhead | None:
    """What the last audit of this very scenario found; ``None`` where none is at hand."""
    if not (user_cache() / _FOLDER).is_dir():
        return None
    content = _cache().get(_key(scenario))
    return None if content is None else LookAhead(**json.loads(content))


def _cache() -> Cache:
    return Cache(user_cache() / _FOLDER / source_hash()[:16], "verdicts of audits")


def _key(scenario: Scenario) -> str:
    """SHA-256 of all that was audited."""
    made_of = {
        "scenario": finite(_said(resolved(scenario.file))),
        "data": {"market": scenario.market.fingerprint(), **fingerprints(scenario.signals)},
        "own": own_sources([scenario]) | beside_own(scenario),
        "code": [source_hash(), versions()],
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _said(tables: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario without what changes no figure."""
    said = {name: table for name, table in tables.items() if name != "report"}
    return said | {"scenario": {key: value for key, value in tables["scenario"].items() if key not in _WORDS}}
