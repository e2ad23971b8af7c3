"""Engines by name: only those on the list, only settings that they have."""

from __future__ import annotations

import pytest

from matching_adapter.registry import DEFAULT_ENGINES, ENGINES, EngineProblem, load_engines


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
    ],
)
def test_refuses_what_is_not_on_the_list(names: list[str], config: dict[str, dict[str, int]], words: str) -> None:
    with pytest.raises(EngineProblem, match=words):
        load_engines(names, config)
