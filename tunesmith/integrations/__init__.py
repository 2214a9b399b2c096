"""Integrations: one file for each foreign thing that tunesmith works with."""
