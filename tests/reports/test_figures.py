"""The projection of figures against an independent recount, on random histories, both databases and past moments."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import DatabaseUrl, parse_database_url, views_engine, writing
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports.figures.identities import IdentityBroken
from casework.reports.figures.registry import Figures, compute
from casework.views.models import figures
from casework.views.models.catch_up import Views
from casework.views.models.figures_facts import Calendar
from casework.views.models.figures_ledger import Ledger
from casework.views.models.figures_path import Grounds
from tests.reports.histories import LAW, SHANGHAI, STANDARDS, Habits, as_recorded, histories_of, played, write
from tests.reports.recount import Counted, Recount

PERIOD = (date(2026, 1, 15), date(2026, 3, 20))
ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Pacific/Apia")


@dataclass(frozen=True)
class Projected:
    """A log with its views."""

    log: EventLog
    views: Views
    engine: Engine


def project(url: DatabaseUrl, *, zone: ZoneInfo = SHANGHAI, page: int = 700) -> Projected:
    log = EventLog(url, Codec(EVENT_TYPES))
    engine = views_engine(url)
    views = Views(engine, log, [figures.Figures(STANDARDS, LAW, log.load_many, zone)], page=page)
    views.prepare()
    return Projected(log, views, engine)


def computed(
    made: Projected, as_of: datetime, period: tuple[date, date] = PERIOD, zone: ZoneInfo = SHANGHAI
) -> Figures:
    return compute(figures.extract(made.engine, made.views.tables("figures"), *period), as_of, zone)


def folded(log: Sequence[Recorded], zone: ZoneInfo) -> Ledger:
    ledger = Ledger(Calendar(zone), Grounds(STANDARDS, LAW))
    ledger.fold(log, histories_of(log))
    return ledger


def six_places(number: Fraction) -> Decimal:
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)


def assert_equal(found: Figures, expected: dict[str, Counted]) -> None:
    assert set(found.rows) == set(expected)
    for key, (number, numerator, denominator, interval) in expected.items():
        value = found[key]
        wanted = six_places(number) if isinstance(number, Fraction) else number
        assert value.number == wanted, key
        if denominator is not None:
            assert (value.numerator, value.denominator) == (numerator, denominator), key
        if interval is None:
            assert value.interval is None, key
        else:
            assert value.interval is not None, key
            assert [float(limit) for limit in value.interval] == pytest.approx(interval, abs=2e-6), key


CASES, SEED = 200, 7
"""The history that most of these tests share: to play, write and fold it takes longer than they do."""


@pytest.fixture(scope="module")
def on_sqlite(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with log and counters, to be read or copied."""
    folder = tmp_path_factory.mktemp("projected")
    shutil.copyfile(_sqlite_template, folder / "casework.db")
    made = filled(parse_database_url(f"sqlite:///{folder / 'casework.db'}"))
    made.log.close()
    made.engine.dispose()
    return folder


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def projected(request: pytest.FixtureRequest) -> Iterator[Projected]:
    """The same on each database, for tests that only read it."""
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            made = project(parse_database_url(f"sqlite:///{request.getfixturevalue('on_sqlite') / 'casework.db'}"))
        else:
            made = filled(stack.enter_context(request.getfixturevalue("postgresql_copy")()))
        yield made
        made.log.close()
        made.engine.dispose()


def filled(url: DatabaseUrl) -> Projected:
    made = project(url)
    write(made.log, played(CASES, SEED))
    made.views.catch_up()
    return made


@cache
def recounted(as_of: datetime) -> dict[str, Counted]:
    """What must be counted at this moment, the same on every database."""
    return Recount(as_recorded(played(CASES, SEED)), STANDARDS, LAW, SHANGHAI, *PERIOD, as_of).everything()


def test_projection_equals_the_recount(projected: Projected) -> None:
    assert [status.error for status in projected.views.status()] == [None]
    as_of = played(CASES, SEED)[-1].recorded + timedelta(days=2)
    found = computed(projected, as_of)
    assert_equal(found, recounted(as_of))
    assert found["filtering.repeat_block_after_reversal"].number != 0
    assert found["filtering.reversed"].number != 0


def test_past_moment_is_recomputed_from_what_was_recorded_by_then(projected: Projected) -> None:
    steps = played(CASES, SEED)
    as_of = steps[len(steps) // 2].recorded
    extract = figures.extract_as_known(projected.log, STANDARDS, LAW, SHANGHAI, *PERIOD, as_of)
    assert_equal(compute(extract, as_of, SHANGHAI), recounted(as_of))
    assert recounted(steps[-1].recorded + timedelta(days=2)) != recounted(as_of)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("seed", [21, 22])
def test_random_histories_in_many_zones(zone: str, seed: int) -> None:
    local = ZoneInfo(zone)
    log = as_recorded(played(90, seed, Habits(days=60, late=0.4, odd=0.4)))
    period = (date(2026, 1, 10), date(2026, 2, 20))
    extract = folded(log, local).extract(*period)
    for as_of in (log[-1].recorded, log[-1].recorded + timedelta(days=40)):
        expected = Recount(log, STANDARDS, LAW, local, *period, as_of).everything()
        assert_equal(compute(extract, as_of, local), expected)


def test_every_half_year_adds_up_over_its_months() -> None:
    log = as_recorded(played(CASES, SEED))
    months = [date(2026, number, 1) for number in range(1, 8)]
    ledger = folded(log, SHANGHAI)
    periods = [(months[0], months[-1]), *pairwise(months)]
    whole, *parts = (compute(ledger.extract(*period), log[-1].recorded, SHANGHAI) for period in periods)
    for key in ("decisions.total", "appeals.right_holder.received", "times.contest.due", "marks.set", "review.panels"):
        assert whole[key].number == sum(int(part[key].number or 0) for part in parts), key
    assert whole["appeals.uploader.open_at_end"] == parts[-1]["appeals.uploader.open_at_end"]


def test_pages_of_any_size_leave_the_same_rows(sqlite_url: DatabaseUrl) -> None:
    steps = played(16, seed=3, habits=Habits(days=20, appeals=1))
    made = project(sqlite_url, page=1000)
    write(made.log, steps)
    made.views.catch_up()
    at_once = rows_of(made)
    made.log.close()
    log = EventLog(sqlite_url, Codec(EVENT_TYPES))
    single = Views(made.engine, log, [_Other(STANDARDS, LAW, log.load_many, SHANGHAI)], page=1)
    single.prepare()
    single.catch_up()
    assert rows_of(Projected(made.log, single, made.engine), "figures_again") == at_once
    assert all(at_once.values())


class _Other(figures.Figures):
    """The same model under another name, beside it."""

    name = "figures_again"
    version = 77


def rows_of(made: Projected, name: str = "figures") -> dict[str, list[tuple[object, ...]]]:
    with made.engine.connect() as connection:
        return {
            plain: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for plain, table in made.views.tables(name).items()
        }


def test_nothing_recorded_gives_zeros_and_no_ratios(sqlite_url: DatabaseUrl) -> None:
    made = project(sqlite_url)
    found = computed(made, datetime(2026, 7, 1, tzinfo=UTC))
    numbers = {key: row.value.number for key, row in found.rows.items()}
    assert numbers["decisions.total"] == 0
    assert numbers["filtering.error_rate_lower_bound"] is None
    assert numbers["times.contest.median_h"] is None
    assert numbers["review.kappa"] is None
    made.log.close()


@pytest.mark.parametrize(
    ("name", "cell", "broken"),
    [
        ("decisions.total", "", "decisions.by_outcome"),
        ("decisions.by_rule", "band_high", "decisions.by_rule"),
        ("challenge.received", "no_exception", "appeals.right_holder"),
        ("challenge.fate", "pending", "appeals.right_holder.fate"),
        ("filtering.reversed", "90_100", "filtering.reversed"),
        ("review.sided", "first", None),
        ("challenge.ended", "upheld", "appeals.right_holder"),
        ("notice.ended", "accepted", "notices"),
        ("notices.measures", "block", "notices.measures"),
        ("counter_notice.fate", "stayed", "counter_notices.fate"),
        ("court.received", "", "outside.court"),
    ],
)
def test_a_corrupted_counter_refuses_the_report(
    on_sqlite: Path, tmp_path: Path, name: str, cell: str, broken: str | None
) -> None:
    shutil.copytree(on_sqlite, tmp_path, dirs_exist_ok=True)
    as_of = played(CASES, SEED)[-1].recorded + timedelta(days=2)
    made = project(parse_database_url(f"sqlite:///{tmp_path / 'casework.db'}"))
    made.log.close()
    table = made.views.tables("figures")["counts"]
    inside = table.c.day.between(PERIOD[0].toordinal(), PERIOD[1].toordinal() - 1)
    here = (table.c.name == name, table.c.cell == cell, inside)
    corrupted = sa.update(table).where(*here).values(amount=table.c.amount + 1)
    with writing(made.engine) as connection:
        assert connection.execute(corrupted).rowcount > 0
    if broken is None:
        # Counters that stand alone cannot be contradicted by another one; the recount finds those.
        with pytest.raises(AssertionError):
            assert_equal(computed(made, as_of), recounted(as_of))
        return
    with pytest.raises(IdentityBroken) as caught:
        computed(made, as_of)
    assert any(broken in breach for breach in caught.value.breaches)
