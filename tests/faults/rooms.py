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
    """

    files: tuple[str, ...]
    tests: tuple[str, ...]


_BOOKS = ("tests/golden", "tests/property/test_books.py", "tests/property/test_symmetries.py")
ROOMS = {
    "payments": Room(
        ("signals/payments/*.py", "scenarios/payments/*.py"),
        ("tests/studies/test_bank_signals.py", "tests/studies/test_payment_system.py", "tests/studies/test_banks.py"),
    ),
    "kernels": Room(
        ("simulator/engine/*_nb.py", "simulator/ledger/*_nb.py"),
        (
            *_BOOKS,
            "tests/unit/test_plans.py",
            "tests/unit/test_terms.py",
            "tests/unit/test_opening.py",
            "tests/unit/test_settled_liquidity.py",
            "tests/unit/test_sizing_at_fill.py",
            "tests/unit/test_large_ledger.py",
            "tests/parity/test_many.py",
        ),
    ),
    "cost kernels": Room(("simulator/costs/law_nb.py",), ("tests/property/test_cost_law.py", *_BOOKS)),
    "engine": Room(
        ("simulator/engine/[!_]*[!b].py",),
        (
            "tests/unit/test_opening.py",
            "tests/unit/test_terms.py",
            "tests/unit/test_plans.py",
            "tests/unit/test_depth.py",
            "tests/unit/test_spread.py",
            "tests/unit/test_estimates.py",
            "tests/unit/test_run_liquidity.py",
            "tests/unit/test_rhythm.py",
            "tests/golden",
            "tests/unit/test_liquid_bounds.py",
            "tests/parity/test_many.py",
            "tests/parity/test_together.py",
            "tests/parity/test_vectorbt.py",
            "tests/parity/test_drivers.py",
        ),
    ),
    "costs": Room(
        ("simulator/costs/almgren_chriss.py", "simulator/costs/panels.py", "simulator/costs/trajectory.py"),
        (
            "tests/unit/test_trajectory.py",
            "tests/unit/test_estimates.py",
            "tests/golden",
            "tests/unit/test_core.py",
            "tests/unit/test_depth.py",
            "tests/conformance/test_planted_costs.py",
        ),
    ),
    "metrics": Room(
        ("simulator/metrics/*.py",),
        (
            "tests/unit/test_metrics.py",
            "tests/unit/test_measures.py",
            "tests/unit/test_luck.py",
            "tests/unit/test_multiple.py",
            "tests/golden",
            "tests/unit/test_limits.py",
            "tests/unit/test_rhythm.py",
            "tests/reports/test_sheet_figures.py",
            "tests/reports/test_sweep_page.py",
            "tests/unit/test_paired.py",
            "tests/unit/test_against_index.py",
            "tests/reports/test_page_figures.py",
        ),
    ),
    "liquidity": Room(
        ("simulator/liquidity/*.py",),
        (
            "tests/unit/test_bank_liquidity.py",
            "tests/unit/test_fund_liquidity.py",
            "tests/unit/test_run_liquidity.py",
            "tests/unit/test_settled_liquidity.py",
            "tests/unit/test_depth.py",
            "tests/golden/test_limits.py",
            "tests/unit/test_thresholds.py",
            "tests/unit/test_liquid_bounds.py",
            "tests/cli/test_liquidity.py",
        ),
    ),
    "features": Room(
        ("simulator/features/*.py",),
        (
            "tests/unit/test_features.py",
            "tests/unit/test_estimators.py",
            "tests/unit/test_rolling.py",
            "tests/unit/test_feature_registry.py",
            "tests/unit/test_labels.py",
            "tests/causality/test_features.py",
        ),
    ),
    "data": Room(
        ("simulator/data/*.py", "simulator/data/layouts/*.py"),
        (
            "tests/unit/test_suspects.py",
            "tests/unit/test_data_check.py",
            "tests/unit/test_data.py",
            "tests/unit/test_layouts.py",
            "tests/unit/test_currencies.py",
            "tests/unit/test_file_types.py",
            "tests/unit/test_series.py",
            "tests/unit/test_made.py",
            "tests/unit/test_instruments.py",
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
            "tests/unit/test_depth.py",
            "tests/unit/test_data.py",
            "tests/unit/test_young_assets.py",
            "tests/unit/test_exposures.py",
            "tests/unit/test_features.py",
            "tests/unit/test_rhythm.py",
            "tests/unit/test_composed.py",
            "tests/unit/test_policies.py",
        ),
    ),
    "strategies": Room(
        ("strategies/*.py", "strategies/holdings/*.py", "strategies/triggers/*.py", "strategies/overlays/*.py"),
        (
            "tests/unit/test_policies.py",
            "tests/unit/test_composed.py",
            "tests/unit/test_overlays.py",
            "tests/unit/test_young_assets.py",
            "tests/unit/test_core.py",
            "tests/unit/test_made.py",
            "tests/golden",
            "tests/property/test_compositions.py",
            "tests/parity/test_drivers.py",
        ),
    ),
    "optimiser": Room(
        ("strategies/optimise/[!_]*[!b].py",),
        (
            "tests/unit/test_optimise.py",
            "tests/unit/test_optimised.py",
            "tests/unit/test_liquid_bounds.py",
            "tests/unit/test_two_stage.py",
            "tests/unit/test_multi_period.py",
        ),
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
            "tests/unit/test_adapters.py",
            "tests/unit/test_rivals.py",
            "tests/unit/test_forest.py",
            "tests/unit/test_judge.py",
            "tests/unit/test_stress_models.py",
        ),
    ),
    "shocks": Room(
        ("scenarios/shocks/*.py",),
        (
            "tests/unit/test_shocks.py",
            "tests/unit/test_shock_sizes.py",
            "tests/unit/test_conditions.py",
            "tests/unit/test_shock_order.py",
            "tests/unit/test_exposures.py",
            "tests/unit/test_crises.py",
            "tests/unit/test_instruments.py",
            "tests/conformance/test_planted_shocks.py",
        ),
    ),
    "stress tests": Room(
        ("scenarios/stress/*.py",),
        ("tests/unit/test_thresholds.py", "tests/unit/test_stress_pictures.py", "tests/cli/test_stress.py"),
    ),
    "reports": Room(
        (
            "reports/comparison.py",
            "reports/figures.py",
            "reports/spacing.py",
            "reports/page.py",
            "reports/text.py",
            "reports/limits.py",
            "reports/sheet_figures.py",
            "reports/frontier*.py",
            "reports/verdict*.py",
            "reports/liquidity*.py",
        ),
        (
            "tests/reports/test_sheet_figures.py",
            "tests/reports/test_verdict_text.py",
            "tests/reports/test_frontier.py",
            "tests/reports/test_verdicts.py",
            "tests/unit/test_measures.py",
            "tests/cli/test_liquidity.py",
            "tests/unit/test_judge.py",
            "tests/reports/test_labels.py",
            "tests/reports/test_steps.py",
            "tests/reports/test_over_years.py",
            "tests/reports/test_redemptions.py",
            "tests/reports/test_page_figures.py",
            "tests/reports/test_pages.py",
        ),
    ),
    "ledger": Room(
        ("simulator/ledger/[!_]*[!b].py",),
        (
            "tests/unit/test_reconcile.py",
            "tests/golden",
            "tests/unit/test_large_ledger.py",
            "tests/property/test_books.py",
            "tests/reports/test_spreadsheets.py",
        ),
    ),
    "feature families": Room(
        ("simulator/features/families/*.py",),
        (
            "tests/unit/test_estimators.py",
            "tests/unit/test_features.py",
            "tests/unit/test_feature_registry.py",
            "tests/causality/test_features.py",
        ),
    ),
    "redemptions": Room(
        ("simulator/redemptions/*.py", "scenarios/redemptions/*.py"),
        (
            "tests/unit/test_redemption_tools.py",
            "tests/unit/test_redemption_answer.py",
            "tests/cli/test_redemptions.py",
            "tests/reports/test_redemptions.py",
        ),
    ),
    "herd": Room(
        ("simulator/herding/*.py", "scenarios/herd/*.py"),
        ("tests/unit/test_herding.py", "tests/unit/test_herd_answer.py", "tests/cli/test_herd.py"),
    ),
    "generators": Room(
        ("scenarios/paths/*.py", "scenarios/fit/*.py"),
        (
            "tests/unit/test_generated.py",
            "tests/unit/test_garch_and_jumps.py",
            "tests/unit/test_regimes.py",
            "tests/unit/test_paths.py",
            "tests/unit/test_fit.py",
            "tests/cli/test_generators.py",
        ),
    ),
    "sweeps": Room(
        ("scenarios/sweep/*.py",),
        (
            "tests/unit/test_grid.py",
            "tests/cli/test_sweep.py",
            "tests/cli/test_sweep_luck.py",
            "tests/cli/test_sweep_shards.py",
            "tests/reports/test_frontier.py",
            "tests/cli/test_verify.py",
            "tests/cli/test_generators.py",
            "tests/cli/test_sweep_solvers.py",
        ),
    ),
    "judgement": Room(
        ("scenarios/judge/*.py", "scenarios/luck.py", "scenarios/versus.py", "scenarios/against_index.py"),
        (
            "tests/unit/test_luck.py",
            "tests/unit/test_judge.py",
            "tests/unit/test_against_index.py",
            "tests/reports/test_verdicts.py",
            "tests/reports/test_versus.py",
            "tests/reports/test_luck.py",
        ),
    ),
    "governance": Room(
        ("scenarios/governance/*.py", "simulator/core/committee.py", "simulator/core/chain.py"),
        ("tests/unit/test_governance.py", "tests/cli/test_governance.py", "tests/cli/test_trials.py"),
    ),
    "diagnostics": Room(
        ("scenarios/diagnostics/*.py",), ("tests/unit/test_diagnostics.py", "tests/cli/test_diagnostics.py")
    ),
    "funding": Room(("scenarios/funding/*.py",), ("tests/unit/test_funding.py",)),
    "audit": Room(
        ("scenarios/audit/*.py",), ("tests/causality/test_foreknowledge.py", "tests/causality/test_audit.py")
    ),
    "shares": Room(("signals/equity/*.py",), ("tests/studies/test_equity.py",)),
    "validation of forecasts": Room(
        ("signals/stress/validation/*.py", "signals/stress/explain/*.py", "signals/stress/saved/*.py"),
        (
            "tests/unit/test_validation.py",
            "tests/unit/test_explain.py",
            "tests/unit/test_saved.py",
            "tests/property/test_splits.py",
            "tests/unit/test_given.py",
            "tests/unit/test_time_models.py",
        ),
    ),
    "forecasts in use": Room(
        ("signals/stress/life/*.py", "signals/stress/account/*.py", "signals/stress/scarce/*.py"),
        (
            "tests/unit/test_account.py",
            "tests/unit/test_life.py",
            "tests/unit/test_augmentation.py",
            "tests/unit/test_robustness.py",
            "tests/unit/test_transfer.py",
            "tests/unit/test_absent_classes.py",
            "tests/studies/test_cards.py",
            "tests/studies/test_scarce.py",
        ),
    ),
}
