"""``undertow liquidity``: how much of a policy's book is cash on one day, when, and at what cost."""
