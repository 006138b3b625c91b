"""Which tests answer for which files: a room of the product and the test files that should die of a fault in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """Part of the product.

    Attributes
    ----------
    files
        Patterns of its sources, from the root of the repository.
    tests
        Tried in this order until one fails.
    plain
        Kernels: run as plain Python, since one edit compiles them all anew.
    """

    files: tuple[str, ...]
    tests: tuple[str, ...]
    plain: bool = False


_BOOKS = ("tests/golden", "tests/property/test_books.py", "tests/property/test_symmetries.py")
ROOMS = {
    "payments": Room(
        ("signals/payments/*.py", "scenarios/payments/*.py"),
        ("tests/studies/test_bank_signals.py", "tests/studies/test_payment_system.py", "tests/studies/test_banks.py"),
    ),
    "kernels": Room(
        ("simulator/engine/*_nb.py", "simulator/ledger/*_nb.py"), (*_BOOKS, "tests/parity/test_drivers.py"), True
    ),
    "cost kernels": Room(("simulator/costs/law_nb.py",), ("tests/property/test_cost_law.py", *_BOOKS), True),
    "engine": Room(
        ("simulator/engine/[!_]*[!b].py",),
        (
            "tests/golden",
            "tests/unit/test_opening.py",
            "tests/unit/test_terms.py",
            "tests/unit/test_plans.py",
            "tests/unit/test_depth.py",
            "tests/unit/test_spread.py",
            "tests/parity/test_drivers.py",
            "tests/parity/test_vectorbt.py",
            "tests/unit/test_run_liquidity.py",
            "tests/parity/test_many.py",
        ),
    ),
    "costs": Room(
        ("simulator/costs/almgren_chriss.py", "simulator/costs/panels.py", "simulator/costs/trajectory.py"),
        (
            "tests/unit/test_trajectory.py",
            "tests/golden",
            "tests/unit/test_core.py",
            "tests/unit/test_estimates.py",
            "tests/unit/test_spread.py",
            "tests/unit/test_large_ledger.py",
        ),
    ),
    "metrics": Room(
        ("simulator/metrics/*.py",),
        (
            "tests/unit/test_metrics.py",
            "tests/unit/test_measures.py",
            "tests/unit/test_paired.py",
            "tests/unit/test_multiple.py",
            "tests/golden",
            "tests/reports/test_page_figures.py",
            "tests/unit/test_limits.py",
            "tests/reports/test_sweep_page.py",
            "tests/unit/test_rhythm.py",
        ),
    ),
    "liquidity": Room(
        ("simulator/liquidity/*.py",),
        (
            "tests/unit/test_bank_liquidity.py",
            "tests/unit/test_fund_liquidity.py",
            "tests/unit/test_run_liquidity.py",
            "tests/golden/test_limits.py",
            "tests/cli/test_liquidity.py",
        ),
    ),
    "features": Room(
        ("simulator/features/*.py",), ("tests/unit/test_features.py", "tests/unit/test_feature_registry.py")
    ),
    "data": Room(
        ("simulator/data/*.py", "simulator/data/layouts/*.py"),
        (
            "tests/unit/test_data.py",
            "tests/unit/test_layouts.py",
            "tests/unit/test_suspects.py",
            "tests/unit/test_data_check.py",
            "tests/cli/test_data_inputs.py",
            "tests/cli/test_rhythm_inputs.py",
        ),
    ),
    "core": Room(
        (
            "simulator/core/dates.py",
            "simulator/core/series.py",
            "simulator/core/within.py",
            "simulator/core/release.py",
            "simulator/core/plan.py",
            "simulator/core/market.py",
            "simulator/core/age.py",
            "simulator/core/view.py",
        ),
        (
            "tests/unit/test_core.py",
            "tests/unit/test_dates.py",
            "tests/unit/test_series.py",
            "tests/unit/test_within.py",
            "tests/unit/test_plans.py",
            "tests/unit/test_data.py",
            "tests/unit/test_young_assets.py",
            "tests/unit/test_features.py",
            "tests/unit/test_rhythm.py",
        ),
    ),
    "strategies": Room(
        ("strategies/*.py", "strategies/holdings/*.py", "strategies/triggers/*.py", "strategies/overlays/*.py"),
        (
            "tests/unit/test_policies.py",
            "tests/unit/test_composed.py",
            "tests/unit/test_overlays.py",
            "tests/unit/test_young_assets.py",
            "tests/golden",
            "tests/property/test_compositions.py",
        ),
    ),
    "optimiser": Room(
        ("strategies/optimise/[!_]*[!b].py",),
        ("tests/unit/test_optimise.py", "tests/unit/test_optimised.py"),
    ),
    "optimiser, ahead": Room(
        ("strategies/optimise/multi_period/[!_]*.py", "strategies/optimise/two_stage/[!_]*.py"),
        (
            "tests/unit/test_multi_period.py",
            "tests/unit/test_two_stage.py",
            "tests/property/test_random_policies.py",
        ),
    ),
    "made instruments": Room(("simulator/data/made.py", "scenarios/made.py"), ("tests/unit/test_made.py",)),
    "signals": Room(
        ("signals/*.py", "signals/stress/labels/*.py", "signals/stress/walk_forward.py"),
        (
            "tests/unit/test_signals.py",
            "tests/unit/test_thresholds.py",
            "tests/unit/test_labels.py",
            "tests/unit/test_stress_models.py",
            "tests/unit/test_adapters.py",
        ),
    ),
    "shocks": Room(
        ("scenarios/shocks/*.py",),
        (
            "tests/unit/test_shocks.py",
            "tests/unit/test_shock_sizes.py",
            "tests/unit/test_shock_order.py",
            "tests/conformance/test_planted_shocks.py",
        ),
    ),
    "stress tests": Room(("scenarios/stress/*.py",), ("tests/cli/test_stress.py",)),
    "reports": Room(
        (
            "reports/comparison.py",
            "reports/figures.py",
            "reports/page.py",
            "reports/text.py",
            "reports/limits.py",
            "reports/sheet_figures.py",
            "reports/frontier*.py",
            "reports/verdict*.py",
            "reports/liquidity*.py",
        ),
        (
            "tests/reports/test_page_figures.py",
            "tests/reports/test_sheet_figures.py",
            "tests/reports/test_frontier.py",
            "tests/reports/test_verdicts.py",
            "tests/reports/test_pages.py",
            "tests/cli/test_liquidity.py",
        ),
    ),
}
