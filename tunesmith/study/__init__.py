"""The study: the fold of a log, the rules of a trial's life, and the loop that drives an objective."""
