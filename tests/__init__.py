"""Tests leave no trace in the user's own journal of trials."""

import os

os.environ.setdefault("UNDERTOW_TRIALS", "off")
