"""The journal of trials: everything that was ever tried on a scenario, so that the best of many is known to be that."""
