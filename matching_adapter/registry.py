"""The engines that may be used, by name: a fixed list, so that no package becomes an engine by being installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from matching_adapter.engines.exact_hash import NAME as EXACT_HASH
from matching_adapter.engines.exact_hash import ExactHashEngine
from matching_adapter.engines.text import NAME as TEXT
from matching_adapter.engines.text import TextEngine, TextSettings
from matching_adapter.engines.text_alignment import AlignmentSettings
from matching_adapter.port import EmbeddedEngine

EngineConfig: TypeAlias = Mapping[str, int]


class EngineProblem(ValueError):
    """An engine is not on the list, is named twice, or was given a setting that it does not have or cannot use."""


def _exact_hash(config: EngineConfig) -> EmbeddedEngine:
    _only_known(EXACT_HASH, config, ())
    return ExactHashEngine()


def _text(config: EngineConfig) -> EmbeddedEngine:
    alignment = ("gram", "window", "shortest_chain", "widest_gap", "shortest_upload")
    _only_known(TEXT, config, (*alignment, "longest_text", "most_segments"))
    inner = {name: value for name, value in config.items() if name in alignment}
    outer = {name: value for name, value in config.items() if name not in alignment}
    return TextEngine(TextSettings(alignment=AlignmentSettings(**inner), **outer))


ENGINES: Mapping[str, Callable[[EngineConfig], EmbeddedEngine]] = MappingProxyType(
    {EXACT_HASH: _exact_hash, TEXT: _text}
)
"""Name of each engine on the list, and the function that makes it from its settings."""

DEFAULT_ENGINES: tuple[str, ...] = (EXACT_HASH, TEXT)


def load_engines(
    names: Sequence[str] = DEFAULT_ENGINES, config: Mapping[str, EngineConfig] | None = None
) -> tuple[EmbeddedEngine, ...]:
    """Make fresh engines, in the order named; `config` holds settings by engine name.

    Raises:
        EngineProblem: for an unknown or repeated name, settings for an engine that is not named, unknown settings, or
            values that the engine cannot work with.

    """
    settings = config or {}
    for name in (*names, *settings):
        if name not in ENGINES:
            raise EngineProblem(f"no engine is called {name!r}; there are: {', '.join(sorted(ENGINES))}")
    if len(set(names)) != len(names):
        raise EngineProblem(f"an engine is named twice in {', '.join(names)}")
    if unused := sorted(set(settings) - set(names)):
        raise EngineProblem(f"settings for engines that are not used: {', '.join(unused)}")
    engines = []
    for name in names:
        try:
            engines.append(ENGINES[name](settings.get(name, {})))
        except EngineProblem:
            raise
        except (TypeError, ValueError) as error:
            raise EngineProblem(f"{name}: {error}") from None
    return tuple(engines)


def _only_known(engine: str, config: EngineConfig, known: Sequence[str]) -> None:
    for name, value in config.items():
        if name not in known:
            raise EngineProblem(f"{engine} has no setting {name!r}; it has: {', '.join(known) or 'none'}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise EngineProblem(f"{engine}: {name} must be a whole number, not {value!r}")
