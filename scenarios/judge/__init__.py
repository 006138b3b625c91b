"""What acting on each signal was worth: the same policy for all, rivals, placebos, paired intervals."""
