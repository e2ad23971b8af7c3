"""`casework engines`, and what `casework match` learns of what people decided."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from casework.cli.main import casework
from casework.cli.match import _learn_verdicts
from casework.database import DatabaseUrl
from casework.domain.case.events import RulingIssued
from casework.domain.values import Availability, RulingOutcome
from casework.eventlog.clock import SimulatedClock
from casework.eventlog.store import Append
from matching_adapter.external.verdicts import StoredVerdicts
from matching_adapter.external.webhook import Keys, signed
from matching_adapter.store import FingerprintStore
from tests.samples import CLOCK, decision_line
from tests.web import SECRET, START, Site, running, settings_for

KEY = f"whsec_{base64.b64encode(b'k' * 32).decode()}"


@pytest.fixture
def sqlite_engine_site(sqlite_url: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with an engine, whose settings the commands find in the environment."""
    (tmp_path / "key.txt").write_text(KEY)
    file = tmp_path / "engines.toml"
    file.write_text('[engines.own]\nkind = "webhook"\nmapping = "plain"\nkey_files = ["key.txt"]\n')
    settings = settings_for(sqlite_url, external_engines=file)
    monkeypatch.setenv("CASEWORK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CASEWORK_SECRET", SECRET)
    monkeypatch.setenv("CASEWORK_EXTERNAL_ENGINES", str(file))
    with running(settings, SimulatedClock(START)) as site:
        yield site


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(casework, arguments)
    return result.exit_code, result.output


def test_what_waits_is_listed_let_in_or_thrown_away(sqlite_engine_site: Site) -> None:
    body = json.dumps({"upload": "job-1", "matches": [{"work": "ref-1", "method": "hash", "segments": []}]}).encode()
    headers = signed(Keys((KEY,)), "m-1", int(START.timestamp()), body)
    sqlite_engine_site.parts.match_results.take("own", headers, body)
    code, listed = run("engines", "quarantine", "--json")
    (one,) = json.loads(listed)
    assert (code, one["engine"], one["work"], one["reason"]) == (0, "own", "ref-1", "unknown_upload")
    assert run("engines", "release", one["id"]) == (1, "casework: it still has to wait: unknown_upload\n")
    assert run("engines", "discard", one["id"]) == (0, "ref-1: discarded\n")
    assert run("engines", "discard", one["id"]) == (1, "casework: there is no such quarantined result\n")
    assert run("engines", "quarantine") == (0, "none\n")
    assert run("engines", "verdicts") == (0, "none\n")
    assert run("engines", "resend", "1", "own") == (1, "casework: there is no such parked message\n")


def test_an_engine_list_that_is_wrong_is_one_sentence(sqlite_engine_site: Site, tmp_path: Path) -> None:
    (tmp_path / "engines.toml").write_text("[engines.own]\nkind = 'x'\n")
    code, said = run("engines", "quarantine")
    assert (code, said) == (1, "casework: engines.toml: engines.own.kind: must be webhook or hma\n")


def test_matching_learns_what_people_decided(sqlite_engine_site: Site) -> None:
    parts = sqlite_engine_site.parts
    line = json.dumps(decision_line("0.93", "eng-1")).encode()
    (answer,) = parts.intake.take([line], CLOCK)
    assert answer.case_id is not None
    ruling = RulingIssued(outcome=RulingOutcome.REVERSED, availability=Availability.PUBLIC)
    at = sqlite_engine_site.clock.advance(timedelta(hours=1))
    parts.casework.log.append([Append(answer.case_id, 1, (ruling,))], recorded=at, by=CLOCK, command="ruled")
    store = FingerprintStore()
    _learn_verdicts(store)
    (verdict,) = store.exempt_verdicts()
    decision = parts.casework.case(answer.case_id).decision
    assert (verdict.upload_id, verdict.work_id, verdict.outcome) == (decision.upload.id, decision.work.id, "reversed")
    assert len(StoredVerdicts(store).exemptions()) == 1
