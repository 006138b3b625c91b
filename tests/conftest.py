"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from simulator import MarketData
from simulator.data import us_large_caps
from tests.support import WHOLE, data_folder

COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "derandomize": True,
    "print_blob": True,
}
# "few" is for kernels run as plain Python (pytest --hypothesis-profile=few); a test that states max_examples keeps it.
settings.register_profile("undertow", max_examples=200 if WHOLE else 40, **COMMON)
settings.register_profile("few", max_examples=20, **COMMON)
settings.load_profile("undertow")


#: Files that take minutes: they start first, so that no core is left with one of them when the others are done.
LONG = (
    "causality/test_audit.py",
    "kill/test_kill.py",
    "unit/test_cache.py",
    "cli/test_sweep_kill.py",
    "property/test_everything.py",
    "reports/test_hostile_pages.py",
    "property/test_symmetries.py",
    "causality/test_foreknowledge.py",
    "parity/test_oracle.py",
    "conformance/test_builtins.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; ``--no-loadscope-reorder`` keeps that order between processes."""
    home = Path(__file__).parent
    order = {home / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path, len(LONG)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """What takes minutes is asked for."""
    parser.addoption("--thousand", action="store_true", help="replay a thousand random books at the extremes")
    parser.addoption("--coverage", action="store_true", help="how often paired intervals cover the truth, 500 times")


@pytest.fixture(scope="session")
def data() -> Path:
    """Real market data; the test is skipped where it is absent."""
    folder = data_folder()
    if folder is None:
        pytest.skip("no market data: set UNDERTOW_DATA to the folder that holds etf/, macro/ and markets/")
    return folder


@pytest.fixture(scope="session")
def large_caps() -> MarketData:
    """The bundled market."""
    return us_large_caps(200e6, 0.01)
