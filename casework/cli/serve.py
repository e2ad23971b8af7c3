"""`casework serve` and `casework worker`: the web server with the worker beside it, and the worker alone."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

import rich_click as click

from casework.cli.opening import opened, require_database
from casework.cli.terminal import Fault

if TYPE_CHECKING:
    from litestar import Litestar

    from casework.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on; otherwise CASEWORK_HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; otherwise CASEWORK_PORT, 8000.")
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes; otherwise CASEWORK_WORKERS, 1.")
@click.option("--no-worker", is_flag=True, help="Serve pages only; background work is done by `casework worker`.")
@click.option("--migrate", "bring_up_to_date", is_flag=True, help="Bring the database up to date first.")
def serve(host: str | None, port: int | None, workers: int | None, no_worker: bool, bring_up_to_date: bool) -> None:
    """Serve the web site and the API, with the background work in the same tree of processes.

    A new SQLite database is made on the first start; any other database must be up to date (`casework migrate`).

    Example: casework serve --port 8080 --workers 2
    """
    from casework.settings import Settings

    settings = Settings()
    host, port = host or settings.host, port or settings.port
    _prepare(settings, bring_up_to_date)
    _check_free(host, port)
    run(host, port, workers or settings.workers, with_worker=not no_worker)


def run(host: str, port: int, workers: int, *, with_worker: bool) -> None:
    """Serve until a signal ends it."""
    from granian import Granian
    from granian.constants import Interfaces, Loops

    import casework.app  # noqa: F401 - once here, instead of in every web process
    from casework.cli.processes import STOP_SECONDS, WorkerProcess
    from casework.logs import set_up_logs

    set_up_logs()
    server = Granian(
        "casework.cli.serve:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=int(STOP_SECONDS),
    )
    beside = WorkerProcess() if with_worker else None
    if beside is not None:
        beside.start()
    click.echo(f"Casework serves http://{host}:{port} (Ctrl-C ends it)", err=True)
    try:
        server.serve()
    finally:
        if beside is not None:
            beside.stop()


def application() -> Litestar:
    """The application of one web process."""
    gc.disable()  # until everything is loaded: nothing of it becomes garbage
    from multiprocessing import parent_process

    from casework.app import create_app
    from casework.cli.processes import end_with_parent, prepare_interpreter
    from casework.logs import set_up_logs
    from casework.settings import Settings

    parent = parent_process()
    if parent is not None and parent.pid is not None:
        end_with_parent(parent.pid)
    set_up_logs()
    made = create_app(Settings())
    prepare_interpreter()
    gc.enable()
    return made


@click.command()
@click.option("--with-parent", type=int, hidden=True, help="End when this process, which started the worker, ends.")
def worker(with_parent: int | None) -> None:
    """Do the background work: read models, deadlines, panels, reports, previews, verdicts.

    Any number of workers may run. The database must be up to date (`casework migrate`); one that is away is waited for.

    Example: casework worker
    """
    import signal
    from contextlib import suppress
    from threading import Event, Thread

    from casework.cli.processes import end_with_parent
    from casework.database import DatabaseUnavailable
    from casework.jobs.previews import PreviewWorker
    from casework.jobs.report_worker import ReportWorker
    from casework.jobs.verdicts import VerdictWorker
    from casework.jobs.worker import Worker
    from casework.logs import set_up_logs
    from casework.parts import build_background, build_preview_maker, build_report_maker, build_verdict_feedback
    from casework.settings import Settings

    settings = Settings()
    with suppress(DatabaseUnavailable):  # one that is away may come back: the worker waits for it
        _prepare(settings, bring_up_to_date=False)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if with_parent is not None:
        end_with_parent(with_parent)
    set_up_logs()
    # Reports take a while: they have a thread of their own, and one that is cut short is begun again by its lease.
    reports = ReportWorker(lambda: build_report_maker(settings))
    Thread(target=reports.run, args=(stop,), name="reports", daemon=True).start()
    previews = PreviewWorker(lambda: build_preview_maker(settings))
    Thread(target=previews.run, args=(stop,), name="previews", daemon=True).start()
    verdicts = VerdictWorker(lambda: build_verdict_feedback(settings))
    Thread(target=verdicts.run, args=(stop,), name="verdicts", daemon=True).start()
    Worker(lambda: build_background(settings)).run(stop)


def _prepare(settings: Settings, bring_up_to_date: bool) -> None:
    """Refuse to start on a database that is not of this build, or on one made with another secret."""
    require_database(settings, bring_up_to_date=bring_up_to_date)
    with opened(settings):
        pass


def _check_free(host: str, port: int) -> None:
    """Say plainly that a port is taken, before any process is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Fault(f"cannot listen on {host}: {error.strerror}") from None
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise Fault(f"cannot listen on {host}:{port}: {error.strerror}") from None
