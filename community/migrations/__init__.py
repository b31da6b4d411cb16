"""Numbered steps that change the database, each named by a sentence."""
