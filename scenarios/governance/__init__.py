"""Semi-automatic mode: a policy proposes, somebody approves or rejects, a journal keeps it, a live book goes on."""
