"""The command line: every command of the house, gathered from the rooms that own them."""

from flask import Flask

from community.activity.accounts.commands import user
from community.demo import commands as demo
from community.imports import export_standing
from community.imports.commands import imports
from community.imports.export import export
from community.standing import commands as standing
from community.web import keeping, server

COMMANDS = (
    demo.load, user, imports, export, *standing.COMMANDS, *keeping.COMMANDS, *server.COMMANDS,
)  # fmt: skip


def install(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in export_standing.COMMANDS:
        export.add_command(command)
    for command in COMMANDS:
        app.cli.add_command(command)
