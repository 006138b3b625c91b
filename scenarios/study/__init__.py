"""Studies: a paper's question asked again on one's own data, with its rivals and its leaks beside it."""
