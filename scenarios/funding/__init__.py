"""A bank-like book: what funds it, and its liquidity coverage ratio while a bank comes under stress."""
