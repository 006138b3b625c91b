"""``undertow init``: from the positions one holds and a folder of prices to a scenario that runs."""
