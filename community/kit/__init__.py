"""Plumbing that knows nothing of communities."""
