"""Runs the demonstration (``make demo``): builds everything afresh, plays the story, writes the report, serves it all.

``CASEWORK_DEMO_PORT`` (8000) and ``CASEWORK_DEMO_DIR`` (``demo-output``) move it; with ``CASEWORK_DEMO_ONESHOT=1`` it
ends before serving, with exit code 0.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from casework.database import migrate, parse_database_url
from casework.demo.fees import plan_fees_and_erasure
from casework.demo.filtering import plan_filter_requests
from casework.demo.people import Cast, make_people
from casework.demo.story import MONTHS, Story
from casework.domain.case.media_events import MediaSide
from casework.eventlog.clock import SimulatedClock
from casework.jobs.previews import PreviewMaker
from casework.parts import Parts, build_parts
from casework.previews.kept import PreviewState
from casework.reports.log_block import tied, write_facts_beside
from casework.reports.report import generate_report, write_report
from casework.samples.build import build_samples
from casework.samples.variants import build_variants
from casework.settings import Settings
from casework.simulated_time import begin as begin_simulated_time
from casework.views.access.tokens import Scope
from casework.views.language import Language
from matching_adapter.match import FailedFile, MatchedUpload, RefusedFile, UnmatchedUpload, decision_json, match_folders
from matching_adapter.registry import load_engines

MEMBERS = 420
"""Uploads of the platform's members beside the named samples."""

MARK = "made-by-casework-demo"
"""File that tells a folder of the demonstration from one that must not be emptied."""

REGIME = "cn-e-commerce"
"""China's rules on the wait conflict and none is a default: this one lets the wait of fifteen days be seen."""

LINKS_VALID_FOR = timedelta(days=60)
"""Longer than any wait that somebody may let pass."""

START_SECONDS = 60


class DemoStopped(Exception):
    """The demonstration cannot go on; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demonstration keeps its files and serves its site."""

    directory: Path
    port: int

    @property
    def address(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> Settings:
        """Settings of the demonstration; the environment's own CASEWORK settings do not count here."""
        return Settings(
            database_url=f"sqlite:///{self.directory / 'casework.db'}",
            secret_file=self.directory / "casework.secret",
            reports_directory=self.directory / "reports",
            port=self.port,
            public_url=self.address,
            platform_name="Reading Room",
            regime=REGIME,
        )

    def environment(self) -> dict[str, str]:
        """The same settings for the process that serves the site."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
        settings = self.settings()
        return kept | {
            "CASEWORK_DATABASE_URL": settings.database_url,
            "CASEWORK_SECRET_FILE": str(settings.secret_file),
            "CASEWORK_REPORTS_DIRECTORY": str(settings.reports_directory),
            "CASEWORK_PORT": str(self.port),
            "CASEWORK_PUBLIC_URL": self.address,
            "CASEWORK_PLATFORM_NAME": settings.platform_name,
            "CASEWORK_REGIME": REGIME,
        }


def read_place() -> Place:
    """Port and folder from the environment. Raises ``DemoStopped``."""
    text = os.environ.get("CASEWORK_DEMO_PORT", "8000")
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise DemoStopped(f"CASEWORK_DEMO_PORT must be a port from 1 to 65535, not {text!r}")
    return Place(Path(os.environ.get("CASEWORK_DEMO_DIR", "demo-output")).resolve(), int(text))


def make_room(place: Place, *, serving: bool) -> None:
    """Empty the demonstration's own folder; never touch another one. Raises ``DemoStopped``."""
    if serving:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", place.port))
            except OSError:
                raise DemoStopped(
                    f"port {place.port} is in use; end what runs there or set CASEWORK_DEMO_PORT to another one"
                ) from None
    directory = place.directory
    if directory.exists():
        if not directory.is_dir():
            raise DemoStopped(f"{directory} is not a folder; set CASEWORK_DEMO_DIR to another place")
        if any(directory.iterdir()) and not (directory / MARK).is_file():
            raise DemoStopped(
                f"{directory} is not empty and not the demonstration's; set CASEWORK_DEMO_DIR to another place"
            )
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    (directory / MARK).write_text("The demonstration empties this folder each time it runs.\n", "utf-8")


Found = tuple[dict[str, Any], dict[MediaSide, Path]]
"""A decision to deliver, and the two files that were compared."""


def match_samples(place: Place, console: Console) -> list[Found]:
    """Write the sample files, run the embedded engines over them, and return what they found."""
    folders = build_samples(place.directory / "samples")
    members = build_variants(place.directory / "samples" / "members", MEMBERS)
    engines = load_engines()
    now = datetime.now(UTC)
    decisions: list[Found] = []
    unmatched, refused = 0, []
    for uploads in (folders.uploads, members):
        for result in match_folders(folders.works, uploads, engines=engines):
            if isinstance(result, MatchedUpload):
                files = {MediaSide.UPLOAD: result.upload.file.path, MediaSide.WORK: result.work.file.path}
                decisions.append((decision_json(result, source="embedded", decided_at=now), files))
            elif isinstance(result, UnmatchedUpload):
                unmatched += 1
            elif isinstance(result, RefusedFile):
                refused.append(f"{result.name}: {result.code}")
            elif isinstance(result, FailedFile):
                raise DemoStopped(f"{result.name} could not be matched: {result.detail}")
    console.print(f"   {len(decisions)} matches, {unmatched} uploads without one, {len(refused)} files refused")
    for line in refused:
        console.print(f"     refused {line}")
    return decisions


@contextmanager
def progress_bar(console: Console, text: str) -> Iterator[Any]:
    """A bar on a terminal and nothing otherwise; call it with done and total."""
    columns = (TextColumn(f"   {text}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def prepare_previews(parts: Parts, console: Console) -> None:
    """What a worker does in the background: nobody should wait for it here."""
    maker = PreviewMaker(parts.casework, parts.previews)
    while maker.make_one():
        pass
    found = parts.previews.count()
    console.print(f"   {found[PreviewState.READY]} files to look at, {found[PreviewState.FAILED]} without a preview")


def write_reports(parts: Parts, place: Place, end: datetime, console: Console) -> list[Path]:
    """Write the transparency report of the story's months, in both languages."""
    zone = parts.settings.zone
    casework = parts.casework
    sealed = parts.proofs.held_back_since()
    report = generate_report(
        casework.log,
        casework.views,
        casework.standards,
        casework.law,
        start=(end - MONTHS).astimezone(zone).date().replace(day=1),
        end=end.astimezone(zone).date() + timedelta(days=1),
        # While a panel sits, the facts from its first ruling on are not public, and nobody could check the report.
        as_of=casework.clock.now() if sealed is None else sealed - timedelta(microseconds=1),
        zone=zone,
        platform=parts.settings.platform_name,
        masked=True,
        texts=parts.narratives,
    )
    report = tied(report, parts.proofs)
    with progress_bar(console, "pages of the PDFs") as progress:
        written = write_report(
            report,
            parts.settings.reports_directory,
            [Language.ZH, Language.EN],
            progress=lambda _name, step, of: progress(step, of),
        )
    facts, _held_back = write_facts_beside(report, parts.proofs, parts.settings.reports_directory)
    return [*written, *facts]


def show(place: Place, parts: Parts, cast: Cast, story: Story, reports: list[Path], console: Console) -> None:
    """Say what there is to click."""
    accounts = [("Compliance officer", officer) for officer in cast.compliance]
    accounts += [("Intake officer", cast.intake), ("Regulator", cast.oversight)]
    accounts += [("Reviewer", reviewer) for reviewer in cast.reviewers]
    accounts += [("Right holder", cast.right_holders[name]) for name in ("rh-hedong-press", "rh-gull-press")]
    console.print("\n[bold]Sign in[/] (links for 60 days)")
    for role, account in accounts:
        token = parts.sign_in_links.create(account.id, valid_for=LINKS_VALID_FOR, single_use=False)
        console.print(f"   {role:<19} {account.name:<15} {place.address}/sign-in/{token}", soft_wrap=True)
    console.print("\n[bold]Decision pages[/] (what an uploader gets)")
    for upload, text in (
        ("up-gull-whole", "blocked, nothing done yet: mark or contest it"),
        ("up-tea-reworded", "contested, with the reviewers"),
        ("up-market-whole", "contest decided: block upheld"),
        ("up-ferry-traditional", "contest decided: restored"),
        ("up-clock-nine-tenths", "reviewers disagreed, decided by a third"),
        ("up-ferry-review", "marked as fair use, challenged, upheld"),
        ("up-dusk-most", "a film: contested, with the reviewers"),
        ("up-dusk-near-ninety", "a film: so near 90 % that doubt counts for it"),
        ("up-tide-most", "music: contested, block upheld"),
        ("up-poster-small", "a picture: blocked, nothing done yet"),
    ):
        console.print(f"   {text:<46} {place.address}{story.pages[upload][0]}", soft_wrap=True)
    scopes = [Scope.DECISIONS_WRITE, Scope.CASES_READ]
    token, _ = parts.tokens.create(cast.engineer, "demonstration", scopes, valid_for=LINKS_VALID_FOR)
    console.print("\n[bold]API[/]")
    console.print(f"   curl -H 'Authorization: Bearer {token}' {place.address}/api/v1/cases", soft_wrap=True)
    console.print("\n[bold]Time[/] is simulated here: let it pass, and see deadlines run out")
    console.print(f"   {clock_command(place)} --forward 15d", soft_wrap=True)
    console.print("\n[bold]Report[/]")
    for path in reports:
        console.print(f"   {path}", soft_wrap=True)
    document = next(path for path in reports if path.name.endswith(".en.pdf"))
    facts = next(path for path in reports if path.name.startswith("facts.ndjson"))
    command = [sys.executable, "-m", "casework_verify", str(document), "--log", str(facts)]
    console.print("   recompute every figure of it from the public log:")
    console.print(f"   {shlex.join(command)}", soft_wrap=True)


def clock_command(place: Place) -> str:
    """What to type to move the demonstration's clock, wherever one stands."""
    names = ("CASEWORK_DATABASE_URL", "CASEWORK_SECRET_FILE", "CASEWORK_REGIME")
    environment = place.environment()
    settings = " ".join(f"{name}={shlex.quote(environment[name])}" for name in names)
    return f"{settings} {shlex.quote(sys.executable)} -m casework.cli.main clock"


def serve(place: Place, console: Console) -> int:
    """Serve the site until Ctrl-C; its exit code."""
    command = [sys.executable, "-m", "casework.cli.main", "serve", "--port", str(place.port)]
    with (place.directory / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=place.environment(), stdout=log, stderr=log)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            wait_until_up(place, process)
            console.print(f"\n[bold green]The site is up: {place.address}[/]  (Ctrl-C ends it)", soft_wrap=True)
            return process.wait()
        except KeyboardInterrupt:
            console.print("\nEnding ...")
            return 0
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_up(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Wait until the site answers. Raises ``DemoStopped`` with the end of its log when it does not."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{place.address}/readyz", timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    tail = (place.directory / "server.log").read_text("utf-8", errors="replace")[-2000:]
    raise DemoStopped(f"the site did not come up; the end of {place.directory / 'server.log'}:\n{tail}")


def run(place: Place, console: Console, *, serving: bool) -> int:
    """The whole demonstration; the exit code."""
    end = datetime.now(UTC).replace(microsecond=0)
    make_room(place, serving=serving)
    console.print(f"[bold]1. Matching[/] real files with the embedded engine, into {place.directory}", soft_wrap=True)
    decisions = match_samples(place, console)
    settings = place.settings()
    migrate(parse_database_url(settings.database_url))
    clock = SimulatedClock(end - MONTHS - timedelta(days=1))
    parts = build_parts(settings, clock=clock)
    begin_simulated_time(parts.engine, parts.casework.log, end)
    try:
        console.print("[bold]2. Deciding[/], opening cases, playing appeals through to rulings")
        cast = make_people(parts.accounts)
        story = Story(parts, clock, cast, end)
        for decision, files in decisions:
            story.plan(decision, files)
        story.plan_tallies()
        plan_filter_requests(parts.casework, story.at, cast, end)
        plan_fees_and_erasure(parts, story.at, cast, end)
        with progress_bar(console, "months of a platform") as progress:
            acts = story.play(progress)
        if story.refused:
            raise DemoStopped(f"{len(story.refused)} deliveries were refused: {story.refused[0].as_json()}")
        console.print(f"   {story.cases} cases, {acts} acts, {parts.casework.log.head()} events in the log")
        prepare_previews(parts, console)
        console.print("[bold]3. Reporting[/] in Chinese and English, HTML, PDF, JSON and CSV")
        reports = write_reports(parts, place, end, console)
        show(place, parts, cast, story, reports, console)
    finally:
        parts.close()
    return serve(place, console) if serving else 0


def main() -> int:
    """Entry point of ``python -m casework.demo``."""
    argparse.ArgumentParser(
        prog="python -m casework.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    console = Console(highlight=False)
    serving = os.environ.get("CASEWORK_DEMO_ONESHOT", "") not in ("1", "true", "yes")
    started = time.monotonic()
    try:
        code = run(read_place(), console, serving=serving)
    except DemoStopped as stopped:
        console.print(f"[bold red]The demonstration stopped:[/] {stopped}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nEnded.")
        return 130
    if not serving:
        console.print(f"\nDone in {time.monotonic() - started:.0f} s.")
    return code


if __name__ == "__main__":
    sys.exit(main())
