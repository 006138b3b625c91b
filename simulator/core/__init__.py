"""Frozen data types, protocols, numba types and errors. Imports nothing else of ours."""
