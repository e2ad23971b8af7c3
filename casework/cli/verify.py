"""`casework verify`: checks a report as anybody can; with a database also that its events are those of the facts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import progress

if TYPE_CHECKING:
    from casework.parts import Parts
    from casework_verify.findings import Findings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("report", type=_FILE)
@click.option("--log", metavar="FILE|URL|DATABASE", help="Facts as a file, the site, or the database of this platform.")
@click.option("--key", "keys", multiple=True, help="Key of the log that you trust, as name+id+key; may be repeated.")
@click.option("--previous", type=_FILE, help="An earlier report that you have kept.")
@click.option("--witness", "witnesses", multiple=True, help="Key of a witness that must have signed.")
@click.option("--checkpoint", type=_FILE, help="The checkpoint with the signatures of witnesses.")
@click.option("--receipt", "receipts", type=_FILE, multiple=True, help="The proof of a receipt, as the API answers it.")
@click.option("--hashes", type=_FILE, help="Hashes of all facts, to name a fault exactly (default: beside the report).")
@click.option(
    "--most-seconds", type=click.IntRange(1), default=1800, show_default=True, help="To wait for a site in all."
)
@click.option("--most-megabytes", type=click.IntRange(1), help="What a site may send (default: what such facts take).")
@click.option("--lang", "language", type=click.Choice(("en", "zh")), default="en", show_default=True, help="Language.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    report: Path,
    log: str | None,
    language: str,
    as_json: bool,
    most_seconds: int,
    most_megabytes: int | None,
    **more: Any,
) -> None:
    """Check REPORT, PDF or JSON, against the public facts of the log.

    Every figure is counted again; checkpoint, signatures, root and the growth of the log since an earlier report are
    checked, offline unless the log is an address. Ends with 0 when all matches, with 5 when something differs and names
    it, with 2 when something cannot be read. `casework-verify` does the same without the rest of Casework.

    Example: casework verify reports/report-2026-01-01-2026-07-01.zh.pdf --log reports/facts.ndjson.gz
    """
    from casework_verify.command import DATABASES, Asked, facts_of, run, tell, tell_unreadable
    from casework_verify.notes import NoNote
    from casework_verify.opening import CannotRead, Limits

    try:
        asked = Asked(report, facts_of(report, log, Limits(most_seconds, most_megabytes)), **more)
        of_database = log is not None and log.startswith(DATABASES)
        found = _with_database(asked, str(log)) if of_database else run(asked)
    except (CannotRead, NoNote) as error:
        ctx.exit(tell_unreadable(str(error), as_json=as_json))
    ctx.exit(tell(found, language, as_json=as_json))


def _with_database(asked: Any, address: str) -> Findings:
    """Take the facts from the database, and look whether the stored events still are those of the facts."""
    from dataclasses import replace

    from casework.eventlog.public_facts import Pseudonyms
    from casework.settings import Settings
    from casework.stored_facts import compare_events
    from casework.views.models.log_tree import NAME
    from casework_verify.command import run
    from casework_verify.findings import EVENT

    settings = Settings(database_url=address)
    with opened(settings) as parts:
        parts.casework.views.catch_up([NAME])
        sizes: list[int] = []

        def facts(size: int) -> Iterable[bytes]:
            sizes.append(size)
            return _Facts(parts, size)

        found = run(replace(asked, facts=facts))
        pseudonyms = Pseudonyms(settings.read_secret(may_make=False))
        with progress("events") as told:
            casework = parts.casework
            for one in compare_events(casework.log, casework.views, pseudonyms, sizes[0] if sizes else 0, told):
                found.differ(EVENT, str(one.position), None, one.what, one.n)
    return found


class _Facts:
    """The facts in the database, as often as they are wanted."""

    def __init__(self, parts: Parts, size: int) -> None:
        self._parts, self._size = parts, size

    def __iter__(self) -> Any:
        return self._parts.proofs.facts(0, self._size)
