"""Herds: many funds in one market that answers to what they trade together."""
