"""The core: trial, history, events, objective values and the seams; nothing here runs or stores anything."""
