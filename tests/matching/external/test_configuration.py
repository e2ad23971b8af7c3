"""The operator's file of external engines: only what is named counts, and every problem names file and field."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from matching_adapter.external.configuration import read_external_engines
from matching_adapter.external.mapping_file import MappingProblem
from matching_adapter.registry import EngineProblem, load_engines

KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
GOOD = """
[engines.acr]
kind = "webhook"
mapping = "acrcloud"
key_files = ["a.txt"]
version = "2026"

[engines.acr.verdicts]
url = "https://relay.example.org/told"
key_file = "a.txt"

[engines.finder]
kind = "hma"
url = "http://127.0.0.1:9"
bank = "WORKS"
measure = ["image-pdq"]
"""


def read(folder: Path, text: str) -> list[str]:
    """The problems of a file."""
    (folder / "a.txt").write_text(KEY + "\n")
    (folder / "bad.txt").write_text("whsec_short")
    (folder / "engines.toml").write_text(text)
    try:
        read_external_engines(folder / "engines.toml")
    except MappingProblem as problem:
        return list(problem.problems)
    return []


def test_what_is_named_counts(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == []
    found = read_external_engines(tmp_path / "engines.toml")
    assert (set(found.webhooks), set(found.hma), set(found.targets)) == ({"acr"}, {"finder"}, {"acr"})
    assert len(found.webhooks["acr"].mapping_digest) == 64
    assert KEY not in repr(found)
    (engine,) = load_engines(["finder"], external=found.factories())
    assert engine.info.name == "finder"
    with pytest.raises(EngineProblem, match=r"no engine is called 'acr'.*finder"):
        load_engines(["acr"], external=found.factories())
    with pytest.raises(EngineProblem, match="no engine is called 'finder'"):
        load_engines(["finder"])
    assert read_external_engines(None).factories() == {}


WRONG = {
    "= 1": "engines.toml: no TOML",
    "other = 1": "engines.toml: other: is not known",
    "engines = 1": "engines.toml: engines: must be a table",
    "[engines.A_b]\nkind='hma'\nurl='http://h'\nbank='B'": "engines.toml: engines.A_b: a name has",
    "[engines.a]\nkind='x'": "engines.toml: engines.a.kind: must be webhook or hma",
    "[engines.a]\nkind='hma'\nurl='ftp://h'\nbank='B'": "engines.toml: engines.a.url: the address must be",
    "[engines.a]\nkind='hma'\nurl='http://h'\nbank='B/..'": "engines.toml: engines.a.bank: 'B/..' is no name",
    "[engines.a]\nkind='hma'\nurl='http://h'\nbank='B'\nhash_here=1": "engines.toml: engines.a.hash_here: must be true",
    "[engines.a]\nkind='hma'\nurl='http://h'\nbank='B'\nspeed=1": "engines.toml: engines.a.speed: is not known",
    "[engines.a]\nkind='hma'\nurl='http://h'\nbank='B'\nsettle_seconds=-1": "engines.a.settle_seconds: must be a whole",
    "[engines.a]\nkind='webhook'\nmapping='acrcloud'\nkey_files=['none.txt']": "key_files: none.txt: No such file",
    "[engines.a]\nkind='webhook'\nmapping='acrcloud'\nkey_files=['bad.txt']": "engines.a.key_files: a key",
    "[engines.a]\nkind='webhook'\nmapping='none.toml'\nkey_files=['a.txt']": "a.mapping: none.toml: No such file",
    "[engines.a]\nkind='webhook'\nmapping='audd'\nkey_files=['a.txt','a.txt']": "key_files: the two keys are the same",
    "[engines.a]\nkind='webhook'\nmapping='audd'\nkey_files=['a.txt']\nverdicts=1": "a.verdicts: must be a table",
    "[engines.a]\nkind='webhook'\nmapping='audd'\nkey_files=['a.txt']\nverdicts={url='x',key_file='a.txt'}": (
        "engines.a.verdicts.url: the address"
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_every_problem_names_file_and_field(tmp_path: Path, text: str) -> None:
    problems = read(tmp_path, text)
    assert any(WRONG[text] in one for one in problems), problems


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MappingProblem, match=r"none.toml: No such file"):
        read_external_engines(tmp_path / "none.toml")
