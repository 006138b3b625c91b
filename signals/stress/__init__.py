"""Machine-learned liquidity-stress forecasts: features, labels, models and their walk-forward; their naive rivals."""
