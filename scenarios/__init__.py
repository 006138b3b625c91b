"""Scenarios: shocks, scenario files, the runner, and the command line. Composes everything; nothing imports it."""
