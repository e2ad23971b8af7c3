"""`casework ingest`: decisions from files straight into the database, without a web server in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, Report, progress


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "kind", type=click.Choice(["ndjson", "csv", "parquet"]), help="If the name does not tell.")
@click.option("--screenings", is_flag=True, help="The files hold daily tallies of screening, not decisions.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer to each line, in order.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for refused lines and reasons; otherwise FILE.refused.ndjson.",
)
def ingest(files: tuple[str, ...], kind: str | None, screenings: bool, as_json: bool, refused: Path | None) -> None:
    """Take in decisions from NDJSON, CSV or Parquet files (`.gz` too); `-` is standard input.

    Safe to repeat: what is there already is a duplicate. When lines are refused, the others go in, the refused ones are
    in a file with their reasons, and the command ends with 3. Columns of CSV are fields with dots, such as
    upload.amount.seconds. With --screenings the lines are daily tallies: date, medium, screened, matched and, unless it
    is the command line, source.

    Example: casework ingest matches-2026-06-30.ndjson.gz
    """
    from casework.cli.decision_files import COLUMNS, FORMATS, TALLY_COLUMNS, UnreadableFile, entries, format_of
    from casework.cli.processes import prepare_interpreter
    from casework.cli.taking_in import TakingIn, TallyIntake
    from casework.logs import only_warnings
    from casework.settings import Settings

    if refused is not None and len(files) > 1:
        raise click.UsageError("--refused goes with one file")
    _spare(files, [refused or _record(name) for name in files])
    chosen = next((one for one in FORMATS if one == kind), None)
    settings = Settings()
    prepare_interpreter()
    written: list[Path] = []
    with only_warnings(), opened(settings) as parts:
        tallies = TallyIntake(parts.casework, settings.zone)
        taking = TakingIn(tallies if screenings else parts.intake, as_json=as_json)
        try:
            for name in files:
                record = refused or _record(name)
                size = 1 if name == "-" else Path(name).stat().st_size
                columns = TALLY_COLUMNS if screenings else COLUMNS
                reading = entries(name, chosen or format_of(name), settings.most_line_bytes, columns)
                with reading as (found, position), progress(f"bytes of {name}") as report:
                    # The end is told once, when all of it is in the database and not only read.
                    number = taking.take(found, record, partial(_tell, report, position, size))
                    report(size, size)
                written += [record] if number else []
        except UnreadableFile as error:
            raise Fault(str(error)) from None
    taking.finish(written)


def _spare(files: Iterable[str], records: Iterable[Path]) -> None:
    """What is taken in is never written over by what was refused of it."""
    given = {Path(name).resolve() for name in files if name != "-"}
    for record in records:
        if record.resolve() in given:
            raise click.UsageError(f"refused lines would be written over {record}, which is to be taken in")


def _tell(report: Report, position: Callable[[], int], size: int) -> None:
    report(min(position(), size - 1), size)


def _record(name: str) -> Path:
    """Where refused lines of a file go: beside it."""
    return Path("standard-input.refused.ndjson" if name == "-" else f"{name}.refused.ndjson")
