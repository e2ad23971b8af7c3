"""`casework export`: what laws ask a platform to hand out: register, European templates, regulator's pack."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from casework.cli.export import export
from casework.cli.opening import opened
from casework.cli.report import IDENTITY_FAILED, Day, Moment
from casework.cli.terminal import Fault, print_json, progress

if TYPE_CHECKING:
    from casework.parts import Parts
    from casework.reports.dsa.particulars import Reasons
    from casework.reports.dsa.statements import Manner

_FROM = click.option("--from", "start", type=Day(), required=True, help="First day of the period, such as 2026-01-01.")
_TO = click.option("--to", "end", type=Day(), required=True, help="First day after the period, such as 2026-07-01.")
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")


@export.command()
@click.option("--out", type=_FILE, required=True, help="The file; one public fact a line. Packed if it ends in .gz.")
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="First fact, counted from 0.")
@click.option("--end", type=click.IntRange(min=0), help="Fact to stop before; all that anybody may read if left out.")
@_JSON
def events(out: Path, first: int, end: int | None, as_json: bool) -> None:
    """Write the public facts of the log, the leaves of its tree: what `casework verify` reads.

    They name nobody. Rulings that are still sealed, and what follows them, are left for later.

    Example: casework export events --out facts.ndjson.gz
    """
    from casework.reports.log_block import write_facts

    with opened() as parts:
        parts.casework.views.catch_up()
        proofs = parts.proofs
        most = proofs.public_size()
        last = most if end is None else min(end, most)
        with progress("facts") as told:
            written = write_facts(proofs, out, first, max(first, last), told)
    _tell({"file": str(out), "first": first, "facts": written}, as_json)


@export.command()
@click.option("--out", type=_FILE, required=True, help="The file; one entry a line.")
@click.option("--from", "start", type=Day(), help="First day of receipt of the notices.")
@click.option("--to", "end", type=Day(), help="Last day of receipt, itself included.")
@_JSON
def register(out: Path, start: date | None, end: date | None, as_json: bool) -> None:
    """Write the public register of notices, counter-notices and outcomes, newest first, as lines of JSON.

    Example: casework export register --out register.ndjson
    """
    from casework.views.models import register as model
    from casework.views.register_search import public_entry

    search = model.Search(
        first=None if start is None else start.isoformat(), last=None if end is None else end.isoformat()
    )
    with opened() as parts:
        views = parts.casework.views
        views.catch_up([model.NAME])
        written = 0
        out.parent.mkdir(parents=True, exist_ok=True)
        with views.engine.connect() as connection, out.open("w", encoding="utf-8", newline="\n") as file:
            for row in model.all_entries(connection, views.tables(model.NAME), search):
                file.write(json.dumps(public_entry(row), ensure_ascii=False, sort_keys=True) + "\n")
                written += 1
    _tell({"file": str(out), "entries": written}, as_json)


@export.command("dsa-statements")
@_FROM
@_TO
@click.option("--out", type=_FOLDER, required=True, help="Folder of this period; a later run goes on in it.")
@click.option("--particulars", type=_FILE, help="TOML file (default: the setting dsa_particulars).")
@_JSON
def dsa_statements(start: date, end: date, out: Path, particulars: Path | None, as_json: bool) -> None:
    """Write the statements of reasons on the restrictions of a period, in batches of at most 100 (DSA art. 24(5)).

    Every statement is checked against the rules of the Commission's database. What became of each stands beside them
    in outcomes.csv. Run again, it writes only what is new.

    Example: casework export dsa-statements --from 2026-01-01 --to 2026-07-01 --out statements
    """
    from casework.reports.dsa.batches import NotValid, OtherExport, write_statements
    from casework.reports.dsa.particulars import ParticularsWrong, read_reasons

    _require_period(start, end)
    try:
        with opened() as parts:
            casework = parts.casework
            reasons = read_reasons(particulars or parts.settings.dsa_particulars)
            pseudonym = casework.vault.pseudonym
            made = write_statements(casework.log, pseudonym, manner_of(parts, reasons), start, end, out)
    except (ParticularsWrong, OtherExport, NotValid) as wrong:
        raise Fault(str(wrong)) from None
    told = {"batches": [str(path) for path in made.batches], "statements": made.statements, "position": made.position}
    _tell(told, as_json)


@export.command("dsa-templates")
@click.option("--from", "start", type=Day(), help="First day of the period, such as 2026-01-01.")
@click.option("--to", "end", type=Day(), help="First day after the period, such as 2027-01-01.")
@click.option("--as-of", type=Moment(), help="Count only what was recorded by then; the present moment if left out.")
@click.option("--particulars", type=_FILE, help="TOML file (default: the setting dsa_particulars).")
@click.option("--out", type=_FOLDER, help="Folder for the eleven files.")
@click.option("--check", type=_FOLDER, help="Check the files of this folder instead, whoever made them.")
@_JSON
def dsa_templates(
    start: date | None,
    end: date | None,
    as_of: datetime | None,
    particulars: Path | None,
    out: Path | None,
    check: Path | None,
    as_json: bool,
) -> None:
    """Write the harmonised transparency templates of a period (Regulation (EU) 2024/2835), or check a folder of them.

    A check names file, row and column of every fault and ends with 1 when there is one.

    Example: casework export dsa-templates --from 2026-01-01 --to 2027-01-01 --particulars dsa.toml --out templates

    Example: casework export dsa-templates --check templates
    """
    if check is not None:
        _check(check, as_json)
        return
    if start is None or end is None or out is None:
        raise click.UsageError("give --from, --to and --out, or --check")
    _require_period(start, end)
    _write_templates(start, end, as_of, particulars, out, as_json)


def _write_templates(
    start: date, end: date, as_of: datetime | None, particulars: Path | None, out: Path, as_json: bool
) -> None:
    from casework.reports.dsa.filling import filled, write_templates
    from casework.reports.dsa.numbers import numbers_of
    from casework.reports.dsa.particulars import ParticularsWrong, read_particulars
    from casework.reports.figures.identities import IdentityBroken
    from casework.reports.generation import ProjectionBehind

    try:
        with opened() as parts:
            file = particulars or parts.settings.dsa_particulars
            if file is None:
                raise Fault("name the platform's particulars by --particulars or the setting dsa_particulars")
            given = read_particulars(file)
            casework, zone = parts.casework, parts.settings.zone
            now = casework.clock.now()
            if as_of is not None and as_of > now:
                raise click.BadParameter(f"{as_of.isoformat()} is still to come", param_hint="'--as-of'")
            numbers = numbers_of(casework, start, end, as_of or now, zone, manner_of(parts, given.reasons))
        paths = write_templates(filled(numbers, given), out)
    except IdentityBroken as broken:
        raise Fault("the figures do not add up: " + "; ".join(broken.breaches), IDENTITY_FAILED) from None
    except (ParticularsWrong, ProjectionBehind) as wrong:
        raise Fault(str(wrong)) from None
    _tell({"files": [str(path) for path in paths]}, as_json)


def _check(folder: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from casework.reports.dsa.checking import check_folder

    if not folder.is_dir():
        raise click.BadParameter(f"{folder} is no folder", param_hint="'--check'")
    found = check_folder(folder)
    if as_json:
        print_json({"faults": [asdict(one) for one in found]})
    else:
        for one in found:
            click.echo(str(one))
    if found:
        raise Fault(f"{len(found)} faults" if len(found) > 1 else "1 fault")
    if not as_json:
        click.echo("no faults")


@export.command("regulator-pack")
@_FROM
@_TO
@click.option("--cases", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many cases to draw.")
@click.option("--seed", required=True, help="What decides the draw: a text that the regulator chose.")
@click.option(
    "--size", type=click.IntRange(min=1), help="Size of the log to draw from; all that is public if left out."
)
@click.option("--with-reasons", is_flag=True, help="With the words of reviewers, blacked out by machine: confidential.")
@click.option("--out", type=_FILE, required=True, help="The ZIP file.")
@_JSON
def regulator_pack(
    start: date, end: date, cases: int, seed: str, size: int | None, with_reasons: bool, out: Path, as_json: bool
) -> None:
    """Write a ZIP for the regulator: cases drawn by a seed, their public facts with proofs, rulings, register entries.

    The same log, period, number, seed and size give the same bytes.

    Example: casework export regulator-pack --from 2026-01-01 --to 2026-07-01 --seed "letter of 3 July" --out pack.zip
    """
    from casework.reports.regulator_pack import Wanted, write_pack
    from casework.reports.regulator_pack import regulator_pack as made_of

    _require_period(start, end)
    with opened() as parts:
        parts.casework.views.catch_up()
        wanted = Wanted(start, end, cases, seed, parts.settings.zone, with_reasons, size)
        try:
            files = made_of(parts.casework, parts.proofs, wanted)
        except ValueError as wrong:
            raise Fault(str(wrong)) from None
    out.parent.mkdir(parents=True, exist_ok=True)
    write_pack(files, out)
    sample = json.loads(files["sample.json"])
    _tell(
        {
            "file": str(out),
            "cases": len(sample["cases"]),
            "population": sample["population"],
            "log_size": sample["log_size"],
        },
        as_json,
    )


def manner_of(parts: Parts, reasons: Reasons) -> Manner:
    """How this platform gives its reasons."""
    from casework.reports.dsa.particulars import manner

    return manner(reasons, parts.settings.public_url, parts.settings.zone)


def _require_period(start: date, end: date) -> None:
    if start >= end:
        raise click.BadParameter(f"{end} is not after --from {start}", param_hint="'--to'")


def _tell(told: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        if isinstance(value, list):
            for one in value:
                click.echo(str(one))
        elif name == "file":
            click.echo(str(value))
        else:
            click.echo(f"{name.replace('_', ' ')}: {value}", err=True)
