"""`casework evaluate`: how far engines are off on files of which the truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from casework.cli.terminal import Fault, print_json, print_rows, progress

if TYPE_CHECKING:
    from matching_adapter.evaluation.evaluation import Evaluation

COLUMNS = ("what", "rows", "missed", "mean", "bias", "p95", "largest")


@click.command()
@click.option(
    "--engine", "names", multiple=True, help="Name of an engine, such as text-winnowing; none: all that are used."
)
@click.option(
    "--folder",
    required=True,
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder with works/, uploads/ and truth.json.",
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for evaluation.html and evaluation.json."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything that was measured as JSON.")
@click.option("--allow", multiple=True, help="Name of an installed engine of another package that may be used.")
def evaluate(names: tuple[str, ...], folder: Path, out: Path | None, as_json: bool, allow: tuple[str, ...]) -> None:
    """Measure engines on labelled files: error of the share, false works, misses, speed, memory.

    Several engines go over the same folder one after the other, each over the files that it can read. The truth stands
    in truth.json: a list of upload, work, share_of_upload, segments and transform. Shares are told in points:
    hundredths of a share. Nothing goes into the database.

    Example: casework evaluate --engine text-winnowing --folder labelled --out measured
    """
    from matching_adapter.evaluation.evaluation import evaluate as measured
    from matching_adapter.evaluation.page import page_of
    from matching_adapter.evaluation.truth import TruthProblem, read_folder
    from matching_adapter.registry import DEFAULT_ENGINES, EngineProblem, load_engines

    try:
        loaded = load_engines(names or DEFAULT_ENGINES, allowed=allow)
        labelled = read_folder(folder)
    except TruthProblem as problem:
        raise Fault("; ".join(problem.problems)) from None
    except EngineProblem as problem:
        raise Fault(str(problem)) from None
    found = []
    for engine in loaded:
        with progress(f"looked at with {engine.info.name}") as told:
            found.append(measured(engine, labelled, told))
    content = found[0].to_json() if len(found) == 1 else {"evaluations": [one.to_json() for one in found]}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        written = json.dumps(content, ensure_ascii=False, indent=1)
        (out / "evaluation.json").write_text(written + "\n", "utf-8")
        (out / "evaluation.html").write_text(page_of(*found), "utf-8")
    if as_json:
        print_json(content)
        return
    for one in found:
        if len(found) > 1:
            click.echo(f"\n{one.engine} {one.version}")
        _tell(one)


def _tell(found: Evaluation) -> None:
    if found.all is not None:
        groups = {"all": found.all, **found.by_medium, **found.by_transform}
        rows = [
            {"what": name, **{column: getattr(errors, column) for column in COLUMNS[1:]}}
            for name, errors in groups.items()
        ]
        print_rows(rows, COLUMNS)
    for check in found.band_limits:
        click.echo(
            f"{check.limit}: {check.wrong_by_low_end} of {check.rows} decided wrongly, "
            f"{check.against_uploader_by_low_end} against the uploader"
        )
    if found.inside_interval is not None:
        click.echo(f"inside the interval: {found.inside_interval:.1%} of {found.intervals:,}")
    speed = found.speed
    rate = f"{speed.files_per_second:,.1f} uploads a second"
    if speed.times_real_time is not None:
        rate += f", {speed.times_real_time:,.1f} x real time"
    if speed.characters_per_second is not None:
        rate += f", {speed.characters_per_second:,.0f} characters a second"
    click.echo(f"found {found.found:,} of {found.named:,}; false works: {len(found.false_works):,}")
    click.echo(f"{rate}; peak memory {speed.peak_memory_bytes / 1e6:,.0f} MB")
    for failure in found.failures:
        click.echo(f"not looked at: {failure}", err=True)
