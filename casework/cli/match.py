"""`casework match`: the embedded engines over two folders of real files, and the decisions into the database."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, Report, on_one_line, print_json, progress

if TYPE_CHECKING:
    from casework.application import Casework
    from matching_adapter.match import MatchedUpload, MatchResult
    from matching_adapter.store import FingerprintStore

SOURCE = "casework-match"


@click.command()
@click.option("--works", required=True, type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--uploads", required=True, type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--source", default=SOURCE, show_default=True, help="Under what name the decisions go in.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer to each decision, in order.")
@click.option("--dry-run", is_flag=True, help="Only look: print the decisions (with --json) and take nothing in.")
@click.option("--engine", "engines", multiple=True, help="Look with this engine only; may be given several times.")
@click.option("--index", "index_url", help="Keep fingerprints and answers there: sqlite:///file or postgresql://...")
@click.option("--no-media", is_flag=True, help="Do not lay the files that were compared beside their cases.")
@click.option("--processes", type=click.IntRange(1, 256), help="How many at a time; without it, one for each core.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("match.refused.ndjson"),
    show_default=True,
    help="File for refused decisions and reasons.",
)
def match(
    works: Path,
    uploads: Path,
    source: str,
    as_json: bool,
    dry_run: bool,
    engines: tuple[str, ...],
    index_url: str | None,
    no_media: bool,
    processes: int | None,
    refused: Path,
) -> None:
    """Look for the works of one folder in the uploads of another and take the decisions in.

    Titles, right holders and uploaders come from works.toml and uploads.toml in the folders. Files that cannot be
    looked at are named with the reason; the others go on. Safe to repeat; with --index nothing that was looked at is
    looked at again. The two files are laid beside each case, so that people can look for themselves. Ends with 3 when
    a decision was refused.

    Example: casework match --works works --uploads uploads
    """
    from casework.settings import Settings
    from matching_adapter.confining import EngineLimits
    from matching_adapter.external.configuration import read_external_engines
    from matching_adapter.external.mapping_file import MappingProblem
    from matching_adapter.guarding import EngineFault
    from matching_adapter.manifest import ManifestError
    from matching_adapter.match import match_folders
    from matching_adapter.registry import EngineProblem, load_engines
    from matching_adapter.store import StoreProblem

    count = processes or len(os.sched_getaffinity(0))
    looked: Counter[str] = Counter()
    with _store(index_url, count) as store, _Telling() as telling:
        try:
            settings = Settings()
            names = engines or _engines_for(works)
            outside = read_external_engines(settings.external_engines).factories()
            if index_url is None and (asked := sorted(set(names) & set(outside))):
                raise Fault(f"{asked[0]} keeps what lies where in the index: name one with --index")
            limits = EngineLimits(settings.matching_engine_seconds, settings.matching_engine_bytes)
            allowed = settings.matching_engines
            made = load_engines(names, store=store, allowed=allowed, external=outside, limits=limits)
            if not dry_run:
                _learn_verdicts(store)
            results = match_folders(works, uploads, engines=made, store=store, processes=count, report=telling)
        except ManifestError as error:
            raise Fault("; ".join(error.problems)) from None
        except (EngineProblem, MappingProblem, StoreProblem) as error:
            raise Fault(str(error)) from None
        matched = _matched(results, looked)
        try:
            if dry_run:
                _show(matched, source, as_json=as_json)
            else:
                _take_in(matched, looked, source, refused, as_json=as_json, with_media=not no_media)
        except (EngineFault, StoreProblem) as error:
            raise Fault(str(error)) from None


def _engines_for(works: Path) -> tuple[str, ...]:
    """The engines that look by default; names are looked for where somebody has listed titles."""
    from matching_adapter.manifest import read_manifest
    from matching_adapter.registry import DEFAULT_ENGINES

    listed = read_manifest(works, "work").entries.values()
    return (*DEFAULT_ENGINES, "titles") if any("title" in entry for entry in listed) else DEFAULT_ENGINES


def _learn_verdicts(store: FingerprintStore) -> None:
    """Tell the engines what people have decided, so that what was reversed is not reported again."""
    from casework.jobs.verdicts import VerdictFeedback, note_verdicts
    from matching_adapter.external.verdicts import StoredVerdicts

    with opened() as parts:
        note_verdicts(VerdictFeedback(parts.casework, parts.verdicts, parts.external.targets))
        number = 0
        while page := parts.verdicts.all_since(number):
            StoredVerdicts(store).receive([verdict for _number, verdict in page])
            number = page[-1][0]


@contextmanager
def _store(url: str | None, processes: int) -> Iterator[FingerprintStore]:
    """The index at this address; without one, an index that ends with the command."""
    from matching_adapter.store import IN_MEMORY, FingerprintStore, StoreProblem

    with tempfile.TemporaryDirectory(prefix="casework-match-") as folder:
        # Several processes share a file, and cannot share memory.
        passing = IN_MEMORY if processes == 1 else f"sqlite:///{folder}/index.db"
        try:
            store = FingerprintStore(url or passing)
        except StoreProblem as error:
            raise Fault(str(error)) from None
        try:
            yield store
        finally:
            store.close()


class _Telling:
    """Tells how far the works and then the uploads are."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stage = ""
        self._report: Report | None = None

    def __enter__(self) -> _Telling:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(self, stage: str, done: int, whole: int) -> None:
        if stage != self._stage:
            self._stack.close()
            self._stage, self._report = stage, self._stack.enter_context(progress(stage))
        if self._report is not None and whole:
            self._report(done, whole)


def _matched(results: Iterator[MatchResult], looked: Counter[str]) -> Iterator[MatchedUpload]:
    """The matches; what was refused or failed is told on standard error."""
    from matching_adapter.match import ExemptedUpload, FailedFile, MatchedUpload, RefusedFile

    for result in results:
        if isinstance(result, MatchedUpload):
            looked["matched"] += 1
            yield result
        elif isinstance(result, ExemptedUpload):
            looked["exempted"] += 1
            found = f"upload {result.upload.file.name}: exempted: {result.work.title}"
            click.echo(f"{found}: people have decided ({result.outcome})", err=True)
        elif isinstance(result, RefusedFile | FailedFile):
            looked["not_looked_at"] += 1
            click.echo(on_one_line(f"{result.role} {result.name}: {result.code}: {result.detail}"), err=True)
        else:
            looked["unmatched"] += 1


def _show(matched: Iterator[MatchedUpload], source: str, *, as_json: bool) -> None:
    from casework.eventlog.clock import SystemClock
    from matching_adapter.match import decision_json

    now = SystemClock().now()
    found = list(matched)
    if as_json:
        print_json([decision_json(result, source=source, decided_at=now) for result in found])
        return
    for result in found:
        share = result.evidence.share_of_upload
        click.echo(f"{result.upload.file.name}: {'-' if share is None else share} from {result.work.title}")


def _take_in(
    matched: Iterator[MatchedUpload],
    looked: Counter[str],
    source: str,
    refused: Path,
    *,
    as_json: bool,
    with_media: bool,
) -> None:
    from casework.cli.decision_files import Entry
    from casework.cli.depositing import Depositing
    from casework.cli.taking_in import TakingIn
    from casework.logs import only_warnings

    with only_warnings(), opened() as parts:
        taking, depositing = TakingIn(parts.intake, as_json=as_json), Depositing(parts)

        def found() -> Iterator[Entry]:
            for number, result in enumerate(matched, start=1):
                decision = _decision(parts.casework, result, source)
                if with_media:
                    depositing.expect(number, result.upload.file.path, result.work.file.path)
                yield Entry(number, decision, str(decision["decision_id"]))

        written = [refused] if taking.take(found(), refused, answered=depositing.answered) else []
    if not as_json:
        told = f"{looked['matched']:,} matches, {looked['unmatched']:,} uploads without, "
        exempted = f", {looked['exempted']:,} exempted" if looked["exempted"] else ""
        click.echo(f"{told}{looked['not_looked_at']:,} files not looked at{exempted}")
        if with_media:
            click.echo(f"{depositing.deposited:,} files laid beside their cases")
    taking.finish(written)


def _decision(casework: Casework, result: MatchedUpload, source: str) -> dict[str, Any]:
    """The decision; one that is recorded already keeps what may come out otherwise, so that it is recognised again.

    The time and the index; what other engines said, which depends on those that were asked; and how sure a name is,
    which depends on the names of other works. The share and where it lies must be the same.
    """
    from casework.domain.case.events import FilteringDecisionRecorded
    from casework.domain.case.intake import case_id
    from matching_adapter.match import decision_json

    identifier = case_id(source, result.decision_id)
    earlier = casework.log.first_events([identifier]).get(identifier)
    if earlier is None or not isinstance(earlier.event, FilteringDecisionRecorded):
        return decision_json(result, source=source, decided_at=casework.clock.now())
    decision: dict[str, Any] = decision_json(result, source=source, decided_at=earlier.event.decided_at)
    recorded = earlier.event.evidence
    kept = {"index_snapshot", "also_found", *(("confidence",) if recorded.names_only else ())}
    found = {name: value for name, value in decision["evidence"].items() if name not in kept}
    decision["evidence"] = {**found, **recorded.model_dump(mode="json", include=kept, exclude_none=True)}
    return decision
