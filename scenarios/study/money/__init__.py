"""What delays, thresholds, refits, warnings and the size of the book cost or are worth, in money."""
