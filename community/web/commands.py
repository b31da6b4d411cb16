"""The command line: every command of the house, gathered from the rooms that own them."""

from flask import Flask

COMMANDS = ()


def install(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in COMMANDS:
        app.cli.add_command(command)
