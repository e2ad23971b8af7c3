"""`casework report`: a transparency report of any period, as HTML, PDF, JSON, CSV and a workbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json, progress

if TYPE_CHECKING:
    from casework.reports.report import Progress
    from casework.views.language import Language

IDENTITY_FAILED = 4
"""Exit code when figures do not add up (interfaces.md)."""

LANGUAGES = ("zh", "en")
FORMATS = ("html", "pdf", "json", "csv", "xlsx")
MASKING = 3
"""As in ``casework.reports.figures.masking``, which is not loaded before it is needed."""


class Day(click.ParamType[date]):
    """A calendar day in the reports' time zone."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read YYYY-MM-DD."""
        if isinstance(value, date):
            return value
        try:
            if len(value) != len("2026-01-31"):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-01-31", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment with its offset."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read RFC 3339 with an offset."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write it as 2026-07-15T09:00:00+08:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset; write it as 2026-07-15T09:00:00+08:00", param, ctx)
        return moment


class Chosen(click.ParamType[tuple[str, ...]]):
    """Some of a few words, separated by commas."""

    name = "list"

    def __init__(self, *choices: str) -> None:
        self.choices = choices

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Read one or more of the choices."""
        if isinstance(value, tuple):
            return value
        chosen = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
        unknown = [one for one in chosen if one not in self.choices]
        if unknown or not chosen:
            self.fail(f"{', '.join(unknown) or 'nothing'} is not one of {', '.join(self.choices)}", param, ctx)
        return chosen


@click.command()
@click.option("--from", "start", type=Day(), required=True, help="First day of the period, such as 2026-01-01.")
@click.option("--to", "end", type=Day(), required=True, help="First day after the period, such as 2026-07-01.")
@click.option("--as-of", type=Moment(), help="Count only what was recorded by then; the present moment if left out.")
@click.option("--lang", "languages", type=Chosen(*LANGUAGES), default="zh,en", show_default=True, help="Languages.")
@click.option("--formats", type=Chosen(*FORMATS), default=",".join(FORMATS), show_default=True, help="Kinds of files.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--json", "as_json", is_flag=True, help="Print the names of the files as JSON.")
@click.option("--unmasked", is_flag=True, help="Show small numbers; for internal use, not for publication.")
@click.option(
    "--masking",
    type=click.IntRange(1, MASKING),
    default=MASKING,
    show_default=True,
    help="Version of the rule of masking: an earlier one makes an old report again as it was.",
)
@click.option(
    "--previous",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The report since which this one proves that the log has only grown (default: the last one published).",
)
def report(
    start: date,
    end: date,
    as_of: datetime | None,
    languages: tuple[str, ...],
    formats: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    unmasked: bool,
    masking: int,
    previous: Path | None,
) -> None:
    """Write the transparency report of a period: HTML and PDF in each language, JSON, CSV and a workbook.

    Beside them go the public facts that it was counted from and their hashes: what `casework verify` needs.

    Days are those of the configured time zone. Counts of 1 to 4 in breakdowns are masked unless told otherwise. Ends
    with 4, writing nothing, when the figures do not add up.

    Example: casework report --from 2026-01-01 --to 2026-07-01 --out reports
    """
    from casework.log_proofs import LogShorter
    from casework.reports.fonts import FontMissing
    from casework.reports.log_block import tied, write_facts_beside
    from casework.reports.report import (
        IdentityBroken,
        PeriodNotBegun,
        ProjectionBehind,
        SigningFailed,
        generate_report,
        signing_of,
        write_report,
    )
    from casework.views.language import Language
    from casework.views.models.log_tree import RootDiffers

    if start >= end:
        raise click.BadParameter(f"{end} is not after --from {start}", param_hint="'--to'")
    with opened() as parts:
        casework, settings = parts.casework, parts.settings
        now = casework.clock.now()
        moment_of_report = _not_to_come(as_of, now)
        try:
            signing = signing_of(settings) if "pdf" in formats else None
            made = generate_report(
                casework.log,
                casework.views,
                casework.standards,
                casework.law,
                start=start,
                end=end,
                as_of=moment_of_report,
                zone=settings.zone,
                platform=settings.platform_name,
                masked=not unmasked,
                masking=masking,
                texts=parts.narratives,
            )
            earlier = parts.publishing.data_before(made.as_of) if previous is None else _earlier(previous)
            made = tied(made, parts.proofs, earlier)
            with progress("report") as tell:
                spoken = [Language(code) for code in languages]
                folder = out or settings.reports_directory
                paths = write_report(made, folder, spoken, formats, _overall(spoken, tell), signing)
            facts, held_back = write_facts_beside(made, parts.proofs, folder)
            paths += facts
            since = parts.proofs.held_back_since() if held_back else None
        except PeriodNotBegun as early:
            raise click.BadParameter(str(early), param_hint="'--from'" if as_of is None else "'--as-of'") from None
        except IdentityBroken as broken:
            raise Fault("the figures do not add up: " + "; ".join(broken.breaches), IDENTITY_FAILED) from None
        except (ProjectionBehind, FontMissing, SigningFailed, RootDiffers, LogShorter) as missing:
            raise Fault(str(missing)) from None
    if not made.over:
        click.echo("the period is not over then: the report says that its figures are interim ones", err=True)
    if since is not None:
        moment = since.astimezone(settings.zone).isoformat(timespec="seconds")
        click.echo(
            f"{held_back:,} facts are held back while panels sit: write them later (casework export"
            f" events), or report as of a moment before {moment}, which can be checked whole now",
            err=True,
        )
    _tell_of(paths, made.position, made.as_of, settings.zone, as_json)


def _earlier(path: Path) -> dict[str, Any]:
    """The data of an earlier report."""
    from casework_verify.comparison import read_report
    from casework_verify.opening import CannotRead, read_file
    from casework_verify.verification import data_of

    try:
        return read_report(data_of(read_file(path)))
    except (CannotRead, ValueError) as error:
        raise Fault(f"{path} cannot be read: {error}") from None


def _not_to_come(as_of: datetime | None, now: datetime) -> datetime:
    if as_of is not None and as_of > now:
        raise click.BadParameter(f"{as_of.isoformat()} is still to come", param_hint="'--as-of'")
    return as_of or now


def _overall(languages: list[Language], tell: Callable[[int, int], None]) -> Progress:
    """One count over the PDFs of all languages: they are what takes time."""

    def told(name: str, step: int, of: int) -> None:
        done = next((place for place, one in enumerate(languages) if name.endswith(f".{one.value}.pdf")), 0)
        tell(done * of + step, len(languages) * of)

    return told


def _tell_of(paths: list[Path], position: int, as_of: datetime, zone: ZoneInfo, as_json: bool) -> None:
    moment = as_of.astimezone(zone).isoformat(timespec="seconds")
    if as_json:
        print_json({"files": [str(path) for path in paths], "as_of": moment, "log_position": position})
        return
    for path in paths:
        click.echo(str(path))
    click.echo(f"as of {moment}, event no. {position}", err=True)
