"""Analysis: history and trials in, tables and findings out; nothing here draws, stores or runs anything."""
