"""Every feature, one file a family. Each file ends in ``FEATURES``; :mod:`simulator.features.registry` joins them."""
