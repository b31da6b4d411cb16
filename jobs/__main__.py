"""``python -m jobs`` runs the jobs; any number may be started, one of them works.

With ``--beside`` it ends when its standard input is closed: when whoever started it is gone.
"""

import os
import signal
import threading

import click

from community.web import create_app
from community.web.keeping import why_not_serve
from jobs import gauges
from jobs.watch import Watch


@click.command("jobs")
@click.option("--beside", is_flag=True, help="End when standard input is closed.")
def main(beside: bool) -> None:
    """Run the jobs until told to stop."""
    app = create_app()
    if (reason := why_not_serve(app)) is not None:
        raise click.ClickException(reason)
    watch = Watch(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *told: watch.stop())
    if beside:
        threading.Thread(target=_until_alone, args=(watch,), daemon=True).start()
    gauges.serve(app, watch)
    watch.keep()


def _until_alone(watch: Watch) -> None:
    while os.read(0, 1024):
        pass
    watch.stop()


if __name__ == "__main__":
    main(prog_name="python -m jobs")
