"""Kith: what members do, what happened, who relates to whom, and what follows from it."""
