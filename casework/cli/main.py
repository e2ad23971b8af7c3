"""The command `casework`: a table of commands, each of which imports what it needs only when it runs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any

import rich_click as click

from casework.cli.terminal import Fault


def _serve() -> click.Command:
    from casework.cli.serve import serve

    return serve


def _worker() -> click.Command:
    from casework.cli.serve import worker

    return worker


def _migrate() -> click.Command:
    from casework.cli.database import migrate

    return migrate


def _check() -> click.Command:
    from casework.cli.check import check

    return check


def _ingest() -> click.Command:
    from casework.cli.ingest import ingest

    return ingest


def _match() -> click.Command:
    from casework.cli.match import match

    return match


def _engines() -> click.Command:
    from casework.cli.engines import engines

    return engines


def _evaluate() -> click.Command:
    from casework.cli.evaluate import evaluate

    return evaluate


def _report() -> click.Command:
    from casework.cli.report import report

    return report


def _verify() -> click.Command:
    from casework.cli.verify import verify

    return verify


def _report_certificate() -> click.Command:
    from casework.cli.report_certificate import report_certificate

    return report_certificate


def _export() -> click.Command:
    from casework.cli import export_law  # noqa: F401 - adds its commands to the group
    from casework.cli.export import export

    return export


def _erase() -> click.Command:
    from casework.cli.erase import erase

    return erase


def _rebuild() -> click.Command:
    from casework.cli.database import rebuild

    return rebuild


def _clock() -> click.Command:
    from casework.cli.clock import clock

    return clock


def _keys() -> click.Command:
    from casework.cli.keys import keys

    return keys


def _sample() -> click.Command:
    from casework.cli.sample import sample

    return sample


def _user() -> click.Command:
    from casework.cli.people import user

    return user


def _token() -> click.Command:
    from casework.cli.people import token

    return token


COMMANDS: Mapping[str, Callable[[], click.Command]] = {
    "serve": _serve,
    "worker": _worker,
    "migrate": _migrate,
    "check": _check,
    "ingest": _ingest,
    "match": _match,
    "evaluate": _evaluate,
    "engines": _engines,
    "report": _report,
    "verify": _verify,
    "report-certificate": _report_certificate,
    "export": _export,
    "erase": _erase,
    "rebuild": _rebuild,
    "clock": _clock,
    "keys": _keys,
    "sample": _sample,
    "user": _user,
    "token": _token,
}


class CommandTable(click.RichGroup):
    """A group whose commands are loaded by name from the table, and whose faults end in a sentence, not a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        load = COMMANDS.get(cmd_name)
        return None if load is None else load()

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and put expected faults into words."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            fault = _in_words(error)
            if fault is None:
                raise
            # One plain line, whatever the terminal: it may end in a log.
            click.echo(f"casework: {fault.message}", err=True)
            ctx.exit(fault.code)


def _in_words(error: Exception) -> Fault | None:
    """The sentence for an expected fault; ``None`` for what Click deals with and for faults of our own."""
    if isinstance(error, Fault):
        return error
    # Click ends without a word where the other end of a pipe has had enough.
    if type(error).__module__.startswith(("click", "rich_click")) or isinstance(error, BrokenPipeError):
        return None
    from pydantic import ValidationError

    from casework.errors import STATUS, Invalid, NotFound
    from casework.installation import WrongSecret
    from casework.simulated_time import RealTime
    from matching_adapter.external.mapping_file import MappingProblem

    if isinstance(error, Invalid):
        return Fault("; ".join(f"{one.pointer.lstrip('/')}: {one.detail}" for one in error.errors))
    if isinstance(error, NotFound):
        return Fault(f"there is no such {error.what}")
    if isinstance(error, ValidationError):
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
        return Fault("; ".join(lines))
    if isinstance(error, WrongSecret | RealTime | MappingProblem | OSError):
        return Fault(str(error))
    for kind, (_status, code) in STATUS.items():
        if isinstance(error, kind):
            return Fault(str(error), code)
    return None


@click.group(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="casework", prog_name="casework")
def casework() -> None:
    """Appeals and adjudication for copyright filtering.

    Settings come from the environment (CASEWORK_DATABASE_URL and so on) or from the TOML file that CASEWORK_SETTINGS
    names.
    """


def main() -> None:
    """Run the command line.

    What a command imports is some 100,000 objects that stay: to look for garbage among them again and again while they
    are made took a fifth of the time until a command begins.
    """
    gc.set_threshold(100_000, 20, 20)
    casework(prog_name="casework")


if __name__ == "__main__":
    main()
