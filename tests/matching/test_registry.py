"""Engines by name: only those on a list, only settings that they have, and others only where they are allowed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from matching_adapter.confining import EngineLimits
from matching_adapter.port import API_VERSION
from matching_adapter.registry import DEFAULT_ENGINES, ENGINES, EngineProblem, announced_engines, load_engines
from matching_adapter.store import FingerprintStore


def test_loads_engines_in_the_order_named() -> None:
    for names in (DEFAULT_ENGINES, DEFAULT_ENGINES[::-1], ("exact-hash",), ()):
        assert tuple(engine.info.name for engine in load_engines(names)) == tuple(names)


def test_every_engine_answers_to_its_name_on_the_list() -> None:
    for name in ENGINES:
        (engine,) = load_engines([name])
        assert engine.info.name == name
        assert engine.info.version
        assert engine.match([]) == []
        assert engine.put([]) == []
        assert engine.snapshot() == load_engines([name])[0].snapshot()


def test_settings_reach_their_engine() -> None:
    (strict,) = load_engines(["text-winnowing"], {"text-winnowing": {"shortest_chain": 30, "most_segments": 5}})
    assert strict.info.name == "text-winnowing"


@pytest.mark.parametrize(
    ("names", "config", "words"),
    [
        (["os.system"], {}, "no engine is called 'os.system'"),
        (["exact-hash", "exact-hash"], {}, "named twice"),
        (["exact-hash"], {"text-winnowing": {}}, "not used"),
        (["exact-hash"], {"unknown": {}}, "no engine is called"),
        (["exact-hash"], {"exact-hash": {"speed": 1}}, "no setting 'speed'"),
        (["text-winnowing"], {"text-winnowing": {"grams": 6}}, "no setting 'grams'"),
        (["text-winnowing"], {"text-winnowing": {"gram": "6"}}, "whole number"),
        (["text-winnowing"], {"text-winnowing": {"gram": True}}, "whole number"),
        (["text-winnowing"], {"text-winnowing": {"gram": 1}}, "text-winnowing: need gram"),
        (["audio-bands"], {"audio-bands": {"alignment": 1}}, "no setting 'alignment'"),
        (["video-pdq"], {"video-pdq": {"vote_distance": 200}}, "video-pdq: 0 <= vote_distance"),
    ],
)
def test_refuses_what_is_not_on_the_list(names: list[str], config: dict[str, dict[str, int]], words: str) -> None:
    with pytest.raises(EngineProblem, match=words):
        load_engines(names, config)


def test_settings_inside_settings_reach_their_engine_and_change_its_digest() -> None:
    for name, setting in (("audio-bands", "error_rate"), ("video-pdq", "density"), ("image-pdq", "longest_side")):
        (plain,), (changed,) = load_engines([name]), load_engines([name], {name: {setting: 3}})
        assert plain.info.config_digest != changed.info.config_digest
        assert plain.info.limits
        assert plain.info.parameters


# ------------------------------------------------------------------------------------------ engines of other packages

PACKAGE = """
from matching_adapter.engines.exact_hash import ExactHashEngine
from dataclasses import replace

class Other(ExactHashEngine):
    def __init__(self, config, store):
        super().__init__(store=store)
        if "colour" in config:
            raise ValueError("has no colour")
    @property
    def info(self):
        return replace(super().info, name="other")

def wait(config, store):
    import time
    time.sleep(60)

class Later(Other):
    @property
    def info(self):
        return replace(super().info, name="later", api_version=99)
"""


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package beside this one that announces engines, right and wrong ones."""
    (tmp_path / "other_engines.py").write_text(PACKAGE, "utf-8")
    metadata = tmp_path / "other_engines-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other-engines\nVersion: 1.0\n", "utf-8")
    announced = ("other = other_engines:Other", "misnamed = other_engines:Other", "later = other_engines:Later")
    slow = ("slow = other_engines:wait",)
    broken = ("broken = other_engines:Absent", "exact-hash = other_engines:Other")
    points = "\n".join(("[casework.matching_engines]", *announced, *slow, *broken))
    (metadata / "entry_points.txt").write_text(points + "\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "other_engines", raising=False)


@pytest.mark.usefixtures("other_package")
def test_an_installed_engine_is_used_only_where_it_is_allowed() -> None:
    assert announced_engines() == ("broken", "later", "misnamed", "other", "slow")
    with pytest.raises(EngineProblem, match="installed but not allowed"):
        load_engines(["other"])
    (engine,) = load_engines(["other"], allowed=["other"], store=FingerprintStore())
    assert engine.info.name == "other"
    assert engine.info.api_version == API_VERSION


@pytest.mark.usefixtures("other_package")
@pytest.mark.parametrize(
    ("name", "config", "words"),
    [
        ("misnamed", {}, "announced as 'misnamed' calls itself 'other'"),
        ("later", {}, "version 99 of the port"),
        ("broken", {}, "cannot be loaded"),
        ("other", {"colour": 1}, "other: has no colour"),
        ("absent", {}, "no installed package announces it"),
    ],
)
def test_an_engine_that_does_not_fit_is_refused(name: str, config: dict[str, int], words: str) -> None:
    with pytest.raises(EngineProblem, match=words):
        load_engines([name], {name: dict(config)}, allowed=[name])


@pytest.mark.usefixtures("other_package")
def test_an_engine_of_another_package_runs_under_limits_from_its_beginning() -> None:
    with pytest.raises(EngineProblem, match="the engine 'slow' was not done after 1 s"):
        load_engines(["slow"], allowed=["slow"], limits=EngineLimits(seconds=1))


@pytest.mark.usefixtures("other_package")
def test_no_package_takes_the_place_of_an_engine_of_this_one() -> None:
    (engine,) = load_engines(["exact-hash"], allowed=["exact-hash"])
    assert type(engine).__module__ == "matching_adapter.engines.exact_hash"
