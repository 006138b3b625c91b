"""Stress tests: shocks of growing severity against every policy, and how severe it must get before one fails."""
