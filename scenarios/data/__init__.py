"""``undertow data``: looking at one's own files before anything is run on them."""
