"""Commands that are killed at every one of their file operations: see :mod:`tests.kill.__main__`."""
