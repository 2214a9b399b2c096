"""Conformance kits: the laws of every seam, problems to try them on, and small drivers; unused in the package.

An author of a sampler, pruner, store or executor runs the laws of that seam on it, with any test runner or none: a law
is a function that raises AssertionError with a sentence.
"""
