"""The application, for any WSGI server: ``gunicorn wsgi:app``; ``flask`` finds it here too."""

from community.web import create_app

app = create_app()
