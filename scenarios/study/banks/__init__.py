"""``undertow study bank-stress``: which banks are under stress, by how they pay."""
