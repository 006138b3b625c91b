"""``undertow explain``: what made a signal's forecast of one day."""
