"""Stress of a bank from its payments (Heuver & Triepels): log, money market, features, classifiers, scores."""
