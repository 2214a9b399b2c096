"""Benchmarks of tunesmith beside its peers: one command each, results as JSON lines and a Markdown table."""
