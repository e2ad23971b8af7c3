"""What the reference says of commands, settings, routes, codes and states is what the code has, in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
import rich_click as click
from litestar.handlers import HTTPRouteHandler

from casework.cli.decision_files import COLUMNS
from casework.cli.main import COMMANDS
from casework.domain.case.state import Procedure
from casework.domain.case.steps import STEPS
from casework.domain.values import Availability, ChallengeGround, ContestGround, Rule, RulingOutcome
from casework.settings import Settings
from casework.views.access.tokens import SCOPE_ROLES, Scope
from casework.views.handlers import api_handlers
from casework.views.refusals import refusal_codes
from matching_adapter.files import RefusalCode
from scripts import events_reference, refusals_reference

DOCS = Path(__file__).resolve().parent.parent / "docs"


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def cells(text: str, column: int = 0) -> list[str]:
    """The content of one column of all tables, headings and rules left out."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [row[column].strip() for row in rows if len(row) > column and not set(row[0]) <= set("-| ")]


def code_in(texts: list[str]) -> set[str]:
    return {found for text in texts for found in re.findall(r"`([^`]+)`", text)}


def commands() -> Iterator[tuple[str, click.Command]]:
    for name, load in COMMANDS.items():
        command = load()
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", one) for inner, one in command.commands.items())
        else:
            yield name, command


def options_of(command: click.Command) -> set[str]:
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    return {name for option in options for name in option.opts if name.startswith("--")}


@pytest.mark.parametrize("made", [events_reference, refusals_reference], ids=["events", "refusals"])
def test_pages_made_from_the_code_are_current(made: ModuleType) -> None:
    assert made.PAGE.read_text("utf-8") == made.page(), f"python -m {made.__name__}"


def test_every_setting_is_documented_with_its_default() -> None:
    text = text_of("reference/settings.md")
    written = {name.strip("`"): value.strip("`") for name, value in zip(cells(text), cells(text, 1), strict=True)}
    written.pop("setting")
    defaults = {
        name: "none" if field.default is None else str(field.default) for name, field in Settings.model_fields.items()
    }
    assert written == defaults


def test_every_command_and_option_is_documented_and_no_other() -> None:
    sections = re.split(r"^## `casework ([\w -]+)`$", text_of("reference/cli.md"), flags=re.MULTILINE)[1:]
    written = {
        name: {option for option in code_in(cells(body)) if option.startswith("--")}
        for name, body in zip(sections[::2], sections[1::2], strict=True)
    }
    assert written == {name: options_of(command) for name, command in commands()}


def test_commands_in_the_guides_exist() -> None:
    known = {name: options_of(command) for name, command in commands()}
    pages = [*DOCS.rglob("*.md"), *(DOCS.parent / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
    wrong = []
    for page in pages:
        for line in re.findall(r"^(?:\S+=\S+ )*casework ([a-z].*)$", page.read_text("utf-8"), re.MULTILINE):
            name = next((name for name in known if f"{line} ".startswith(f"{name} ")), None)
            used = set(re.findall(r"(?<!\S)--[\w-]+", line))
            if name is None or not used <= known[name]:
                wrong.append(f"{page.name}: casework {line}")
    assert wrong == []


def test_every_route_of_the_api_is_documented_with_its_scope() -> None:
    routes: dict[str, str] = {}
    for handler in api_handlers():
        assert isinstance(handler, HTTPRouteHandler)
        scopes = handler.opt.get("scopes", frozenset())
        for path in handler.paths:
            plain = re.sub(r":\w+}", "}", path)
            for method in handler.http_methods:
                routes[f"{getattr(method, 'value', method)} {plain}"] = ", ".join(sorted(scopes)) or "public"
    table = text_of("reference/api.md").split("## ", 1)[0]
    written = {
        route.strip("`"): scope.strip("`")
        for route, scope in zip(cells(table), cells(table, 1), strict=True)
        if route != "route"
    }
    assert written == routes


def test_scopes_are_documented_with_their_roles() -> None:
    table = text_of("how-to/people.md").split("## Tokens")[1]
    rows = zip(cells(table), cells(table, 2), strict=True)
    written = {scope.strip("`"): roles for scope, roles in rows if scope != "scope"}
    assert set(written) == {scope.value for scope in Scope}
    everybody = max(SCOPE_ROLES.values(), key=len)
    for scope, roles in SCOPE_ROLES.items():
        expected = {"all"} if roles == everybody else {role.value for role in roles}
        assert set(written[scope.value].split(", ")) == expected, scope


def test_codes_of_refused_files_are_documented() -> None:
    table = text_of("how-to/match-files.md").split("## Engines")[0]
    assert code_in(cells(table)) == {*get_args(RefusalCode), "missing"}


def test_columns_of_csv_are_documented() -> None:
    table = text_of("how-to/deliver-decisions.md").split("### Columns of CSV")[1].split("### Refused")[0]
    written: set[str] = set()
    for cell in cells(table):
        names = re.findall(r"`([^`]+)`", cell)
        if " with " in cell:
            prefixes = [name for name in names if name.endswith(".")]
            written |= {prefix + name for prefix in prefixes for name in names if not name.endswith(".")}
            continue
        part = names[0].partition(".")[0] if names else ""
        written |= {part + name if name.startswith(".") else name for name in names}
    assert written == set(COLUMNS)


def test_states_steps_and_grounds_are_documented() -> None:
    sections = dict(
        re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text_of("reference/case.md"), re.MULTILINE | re.DOTALL)
    )
    assert code_in(cells(sections["Procedure"])) == {state.value for state in Procedure}
    assert code_in(cells(sections["Availability"])) == {state.value for state in Availability}
    # A third reviewer is seated by the same step as a panel.
    steps = {name for offered in STEPS.values() for name, _guard in offered} - {"re-reviewers"}
    assert code_in(cells(sections["Steps"])) == steps
    assert code_in(cells(sections["What a ruling does"])) == {outcome.value for outcome in RulingOutcome}
    assert code_in(cells(sections["Grounds"])) == {ground.value for ground in ContestGround}
    assert code_in(cells(sections["Grounds"], 1)) == {ground.value for ground in ChallengeGround}


def test_rules_are_documented_in_their_order() -> None:
    written = [cell.strip("`") for cell in cells(text_of("reference/rules.md")) if cell != "rule"]
    assert written == [rule.value for rule in Rule]


def test_codes_that_the_rules_use_have_a_sentence() -> None:
    """A code without one would be answered by a general sentence and be missing in the reference."""
    casework = DOCS.parent / "casework"
    used = {
        code for path in casework.rglob("*.py") for code in re.findall(r'Refused\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert used
    assert used - refusal_codes() == set()


def test_pictures_are_small_and_used() -> None:
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    pictures = sorted((DOCS / "images").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if f"images/{picture.name})" not in text] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > 250_000] == []
