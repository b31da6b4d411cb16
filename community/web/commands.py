"""The command line."""

from flask import Flask


def install(app: Flask) -> None:
    """Hang the commands on the application."""
