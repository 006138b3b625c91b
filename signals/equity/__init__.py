"""The liquidity class of shares under stress (Tarkocin & Donduran): labels, features, classifiers, scores."""
