"""Studies of a stress forecast with few episodes: augmentation, transfer, robustness, and life after the fit."""
