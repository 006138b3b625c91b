"""The early-warning study, after Tarkocin & Donduran: green, amber or red from market indicators."""
