"""The application, for any WSGI server: ``gunicorn wsgi:app``; ``flask`` finds it here too."""

import sys

from community.web import create_app
from community.web.keeping import first_secrets
from config import Misconfigured
from jobs.commands import jobs

try:
    app = create_app(first_secrets(sys.argv))
except Misconfigured as error:
    sys.exit(f"Kith can't start: {error}")
app.cli.add_command(jobs)
