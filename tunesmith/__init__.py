"""tunesmith turns a function that trains a model into the best model it can give, and the evidence for it."""

from tunesmith.version import __version__

__all__ = ["__version__"]
