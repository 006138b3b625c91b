"""Runs on the book of a policy, under each tool of open-ended funds."""
