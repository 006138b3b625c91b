"""Model cards of fitted signals, the checklist of an early-warning signal, and its log of changes of colour."""
