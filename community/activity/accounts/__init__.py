"""Signing up, signing in and what keeps an account safe."""
