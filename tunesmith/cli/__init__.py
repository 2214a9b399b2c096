"""The command line: one file for each command; readers of a study, and `run`."""
