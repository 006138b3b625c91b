"""``undertow data pull``: prices and published series from the net, kept as files with their source and checksum."""
