"""The problems: 21 fixed ones (15 tables, 6 functions) and a conditional one of our own."""
