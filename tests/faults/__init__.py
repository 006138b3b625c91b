"""Single faults planted in the product, and whether a test dies of each: see :mod:`tests.faults.__main__`."""
