"""``undertow study equity-liquidity``: which shares stay liquid under stress."""
