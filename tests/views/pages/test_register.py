"""The public register: what stands in it and what never does, its search, pages and feeds, and when there is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, parse_database_url, views_engine
from casework.eventlog.clock import SimulatedClock
from casework.eventlog.codec import Codec
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.eventlog.vault import pseudonym
from casework.law import read_law
from casework.register import Register, is_open
from casework.views.models import register as model
from casework.views.models.catch_up import Views
from casework.views.models.register import OUTCOMES, RegisterModel, Search, all_entries
from tests.api import procedures
from tests.api.conftest import bench_on
from tests.api.players import Players
from tests.look.leaks import english_leaks
from tests.reports.histories import SHANGHAI, played, write
from tests.web import SECRET, START, running, settings_for

SECRETS = (
    "The Studio Ltd.", "A. Writer", "The Film", procedures.SECRET_ADDRESS, procedures.SECRET_CONTACT,
    procedures.WRITER_ADDRESS, procedures.WRITER_CONTACT, "It is the film, unchanged.", "rh-3", "up-",
)  # fmt: skip


def keyed(kind: str, outside: str) -> str:
    return pseudonym(SECRET.encode(), kind, outside)


class Kept:
    """A site under the Civil Code with notices at several stages."""

    def __init__(self, players: Players) -> None:
        self.players = players
        self.cases = {
            "noticed": procedures.noticed(players, "r-noticed")[0],
            "measured": procedures.measured(players, "r-measured")[0],
            "countered": procedures.countered(players, "r-countered")[0],
            "waiting": procedures.waiting(players, "r-waiting")[0],
        }
        self.page = players.site.browser()
        self.chinese = players.site.browser(language="zh")
        self.api = players.site.api()

    def number(self, name: str) -> str:
        return f"{keyed('case', self.cases[name])}-1"


@pytest.fixture(scope="module")
def kept(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    path = tmp_path_factory.mktemp("register") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    for bench in bench_on(parse_database_url(f"sqlite:///{path}"), "cn-civil-code"):
        yield Kept(Players(bench.site, bench.api))


def test_the_list_is_newest_first_and_tells_outcomes(kept: Kept) -> None:
    answer = kept.api.get("/api/v1/register").json()
    assert [(one["entry"], one["outcome"]) for one in answer["entries"]] == [
        (kept.number("waiting"), "waiting"),
        (kept.number("countered"), "counter_check"),
        (kept.number("measured"), "measure_stands"),
        (kept.number("noticed"), "in_check"),
    ]
    page = unescape(kept.page.get("/register").text)
    places = [page.index(kept.number(name)) for name in ("waiting", "countered", "measured", "noticed")]
    assert places == sorted(places)
    assert "noindex" not in page


def test_an_entry_tells_notice_counter_notice_and_what_came_of_them(kept: Kept) -> None:
    entry = kept.api.get(f"/api/v1/register/{kept.number('waiting')}").json()
    assert [one["step"] for one in entry["steps"]] == [
        "notice_received", "notice_accepted", "notice_forwarded", "counter_notice_received", "counter_notice_accepted",
        "counter_notice_forwarded",
    ]  # fmt: skip
    assert entry["steps"][1]["measure"] == "block"
    page = unescape(kept.page.get(f"/register/{kept.number('waiting')}").text)
    for text in ("Counter-notice accepted, waiting for legal action", "Notice received", "Measure: a block", "Blocked"):
        assert text in page, text


def test_nothing_of_a_person_stands_anywhere(kept: Kept) -> None:
    numbers = [kept.number(name) for name in kept.cases]
    addresses = ["/register", "/register.atom", "/register.json", "/api/v1/register"]
    addresses += [f"{start}/{number}" for number in numbers for start in ("/register", "/api/v1/register")]
    parties = [keyed("rh", "rh-3"), keyed("up", "u-77")]
    for address in addresses:
        text = unescape(kept.page.get(address).text)
        for secret in (*SECRETS, *parties, *kept.cases.values()):
            assert secret not in text, (address, secret)
    with kept.players.site.parts.casework.views.engine.connect() as connection:
        entries = kept.players.site.parts.casework.views.tables(model.NAME)["entries"]
        rows = json.dumps([[str(value) for value in row] for row in connection.execute(sa.select(entries))])
    for secret in (*SECRETS, *parties, *kept.cases.values()):
        assert secret not in rows, secret


def test_an_erasure_leaves_nothing_to_remove(kept: Kept) -> None:
    before = kept.api.get("/api/v1/register").json()
    vault = kept.players.site.parts.casework.vault
    assert vault.erase(f"case:{kept.cases['noticed']}") >= 0
    vault.erase(keyed("rh", "rh-9"))
    assert kept.api.get("/api/v1/register").json() == before


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("outcome=waiting", ["waiting"]),
        ("answered=yes", ["waiting", "countered"]),
        ("answered=no", ["measured", "noticed"]),
        ("medium=text", []),
        ("regime=cn-civil-code&outcome=in_check", ["noticed"]),
        ("from=2026-07-01&to=2026-07-01", ["waiting", "countered", "measured", "noticed"]),
        ("from=2026-07-02", []),
        ("number=case_none", []),
    ],
)
def test_the_search_narrows_the_list(kept: Kept, query: str, names: list[str]) -> None:
    found = kept.api.get(f"/api/v1/register?{query}").json()["entries"]
    assert [one["entry"] for one in found] == [kept.number(name) for name in names]
    page = kept.page.get(f"/register?{query}").text
    assert [name for name in kept.cases if kept.number(name) in page] == [name for name in kept.cases if name in names]
    if not names:
        assert "No entry found" in page


def test_a_number_finds_its_entry_whoever_gave_it(kept: Kept) -> None:
    wanted = kept.number("measured")
    for number in (wanted, wanted.upper().replace("CASE", "case"), wanted[:-2], kept.cases["measured"]):
        found = kept.api.get("/api/v1/register", params={"number": number}).json()["entries"]
        assert [one["entry"] for one in found] == [wanted], number


def test_what_cannot_be_searched_is_named(kept: Kept) -> None:
    answer = kept.api.get("/api/v1/register?outcome=sunny&from=2026-02-30&medium=smell")
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/outcome", "/from", "/medium"}
    page = kept.page.get("/register?from=yesterday")
    assert page.status_code == 422
    assert "Enter days that exist" in page.text
    assert kept.api.get("/api/v1/register?cursor=case_none").status_code == 422
    assert kept.api.get("/api/v1/register/none").status_code == 404
    assert kept.page.get("/register/case_aaaaaaaaaaaaaaaaaaaaaaaaaa-1").status_code == 404


def test_pages_follow_one_another_without_gap(kept: Kept) -> None:
    found, address = [], "/api/v1/register?limit=1&regime=cn-civil-code"
    while address:
        answer = kept.api.get(address).json()
        found += [one["entry"] for one in answer["entries"]]
        address = answer["next"]
    assert found == [kept.number(name) for name in ("waiting", "countered", "measured", "noticed")]


def test_the_feeds_tell_the_last_changes(kept: Kept) -> None:
    atom = kept.page.get("/register.atom")
    assert atom.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(atom.content)
    space = {"a": "http://www.w3.org/2005/Atom"}
    links = [one.get("href", "") for one in feed.findall("a:entry/a:link", space)]
    assert links[0].endswith(f"/register/{kept.number('waiting')}")
    assert len(links) == 4
    for name in ("id", "title", "updated"):
        assert feed.find(f"a:{name}", space) is not None
    told = kept.chinese.get("/register.json").json()
    assert told["version"].endswith("/1.1")
    assert told["language"].startswith("zh")
    assert len(told["items"]) == 4
    assert "反通知" in told["items"][0]["title"]


def test_the_chinese_pages_are_chinese(kept: Kept) -> None:
    for address in ("/register", "/register?outcome=closed", *(f"/register/{kept.number(one)}" for one in kept.cases)):
        page = kept.chinese.get(address).text
        assert english_leaks(page, {"Atom", "JSON"}) == [], address


@pytest.mark.parametrize("regime", ["eu-dsa", "us-dmca", "de-urhdag"])
def test_where_no_law_asks_for_one_there_is_none_unless_chosen(regime: str) -> None:
    law = read_law(regime)
    assert not is_open(Register.BY_LAW, law)
    assert is_open(Register.OPEN, law)
    for chinese in (None, "cn-e-commerce", "cn-civil-code", "cn-network-rights"):
        assert is_open(Register.BY_LAW, read_law(chinese))
        assert not is_open(Register.CLOSED, read_law(chinese))


def test_a_closed_register_says_so(sqlite_url: DatabaseUrl) -> None:
    with running(settings_for(sqlite_url, public_register=Register.CLOSED), SimulatedClock(START)) as site:
        page = site.browser().get("/register")
        assert page.status_code == 200
        assert "This platform keeps no public register." in page.text
        for address in ("/api/v1/register", "/register.atom", "/register.json", "/register/case_x"):
            assert site.browser().get(address).status_code == 404


def test_an_empty_register_says_so(sqlite_url: DatabaseUrl) -> None:
    with running(settings_for(sqlite_url), SimulatedClock(START)) as site:
        assert "No notice yet" in site.browser().get("/register").text
        assert site.api().get("/api/v1/register").json() == {"entries": [], "next": None}
        assert len(ET.fromstring(site.browser().get("/register.atom").content)) >= 5


def folded(url: DatabaseUrl, page: int, log: EventLog) -> list[tuple[object, ...]]:
    engine = views_engine(url)
    views = Views(engine, log, [RegisterModel(log.load_many, keyed, SHANGHAI)], page=page)
    views.prepare()
    views.rebuild()
    assert [one.error for one in views.status()] == [None]
    with engine.connect() as connection:
        rows = [tuple(row) for row in all_entries(connection, views.tables(model.NAME), Search(), page=7)]
    engine.dispose()
    return rows


def test_random_histories_fold_to_the_same_rows_however_they_are_cut(database_url: DatabaseUrl) -> None:
    log = EventLog(database_url, Codec(EVENT_TYPES))
    steps = played(24, seed=3)
    write(log, steps)
    engine = views_engine(database_url)
    views = Views(engine, log, [RegisterModel(log.load_many, keyed, SHANGHAI)], page=13)
    views.prepare()
    views.catch_up()
    assert [one.error for one in views.status()] == [None]
    with engine.connect() as connection:
        rows = [tuple(row) for row in all_entries(connection, views.tables(model.NAME), Search(), page=7)]
    assert rows == folded(database_url, 900, log)
    received = [event for each in steps for event in each.events if event.TOPIC == "case.notice_received"]
    assert len(rows) == len(received) > 10
    assert {row[13] for row in rows} <= set(OUTCOMES)
    assert len({row[13] for row in rows}) > 6
    engine.dispose()
    log.close()
