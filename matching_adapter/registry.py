"""The engines that may be used, by name.

Those of this package stand in a table, not in entry points: they are there whatever an installation's metadata say. An
engine of another package announces itself by an entry point of the group `casework.matching_engines`, named like the
engine, that gives `factory(config, store)`. To be installed is not enough: it must also be on the operator's list. It
runs in a process of its own, under limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, cast

from matching_adapter.confining import CannotBeMade, ConfinedEngine, EngineLimits
from matching_adapter.port import API_VERSION, EmbeddedEngine, Json
from matching_adapter.store import FingerprintStore

EngineConfig: TypeAlias = Mapping[str, Json]

ENTRY_POINTS = "casework.matching_engines"
"""The group of entry points under which other packages announce engines."""


class EngineProblem(ValueError):
    """An engine is not known or not allowed, does not fit, or was given a setting that it cannot use."""


class EngineFactory(Protocol):
    """What an entry point of another package gives."""

    def __call__(self, config: EngineConfig, store: FingerprintStore) -> EmbeddedEngine:
        """Make a fresh engine that keeps its references in the store.

        Raises:
            ValueError: when it cannot work with these settings; the message is shown to the operator.

        """
        ...


Parts: TypeAlias = tuple[Callable[..., EmbeddedEngine], type[Any] | None]
"""The class of an engine, and that of its settings."""


# Imported when they are asked for: most commands look at nothing, and some engines need a library of their own.
def _exact_hash() -> Parts:
    from matching_adapter.engines.exact_hash import ExactHashEngine

    return ExactHashEngine, None


def _text() -> Parts:
    from matching_adapter.engines.text import TextEngine, TextSettings

    return TextEngine, TextSettings


def _audio() -> Parts:
    from matching_adapter.engines.audio import AudioEngine, AudioSettings

    return AudioEngine, AudioSettings


def _chromaprint() -> Parts:
    from matching_adapter.engines.chromaprint import ChromaprintEngine, ChromaprintSettings

    return ChromaprintEngine, ChromaprintSettings


def _image() -> Parts:
    from matching_adapter.engines.image import ImageEngine, ImageSettings

    return ImageEngine, ImageSettings


def _image_regions() -> Parts:
    from matching_adapter.engines.image_regions import ImageRegionEngine, ImageRegionSettings

    return ImageRegionEngine, ImageRegionSettings


def _video() -> Parts:
    from matching_adapter.engines.video import VideoEngine, VideoSettings

    return VideoEngine, VideoSettings


def _titles() -> Parts:
    from matching_adapter.engines.titles import TitleEngine, TitleSettings

    return TitleEngine, TitleSettings


ENGINES: Mapping[str, Callable[[], Parts]] = MappingProxyType(
    {
        "exact-hash": _exact_hash,
        "text-winnowing": _text,
        "audio-bands": _audio,
        "chromaprint": _chromaprint,
        "image-pdq": _image,
        "image-regions": _image_regions,
        "video-pdq": _video,
        "titles": _titles,
    }
)
"""Name of each engine of this package, and the function that imports it."""

DEFAULT_ENGINES: tuple[str, ...] = ("exact-hash", "text-winnowing", "audio-bands", "image-pdq", "video-pdq")
"""The engines that measure shares, one for each medium, and equal files."""


def load_engines(
    names: Sequence[str] = DEFAULT_ENGINES,
    config: Mapping[str, EngineConfig] | None = None,
    *,
    store: FingerprintStore | None = None,
    allowed: Collection[str] = (),
    external: Mapping[str, Callable[[FingerprintStore], EmbeddedEngine]] | None = None,
    limits: EngineLimits | None = None,
) -> tuple[EmbeddedEngine, ...]:
    """Make fresh engines, in the order named; `config` holds settings by engine name.

    `store` keeps their references; without one they are kept in memory. `allowed` names the engines of other packages
    that may be used, `external` makes the engines that the operator has configured by name; an engine of this package
    cannot be replaced by either. `limits` are those of the processes in which engines of other packages run.

    Raises:
        EngineProblem: for an unknown, repeated or not allowed name, an engine for another version of the port or that
            calls itself otherwise, settings for an engine that is not named, unknown settings, or values that the
            engine cannot work with.

    """
    settings = config or {}
    outside = external or {}
    for name in (*names, *settings):
        if name not in ENGINES and name not in outside and name not in allowed:
            raise EngineProblem(_unknown(name, (*allowed, *outside)))
    if len(set(names)) != len(names):
        raise EngineProblem(f"an engine is named twice in {', '.join(names)}")
    if unused := sorted(set(settings) - set(names)):
        raise EngineProblem(f"settings for engines that are not used: {', '.join(unused)}")
    kept = store or FingerprintStore()
    return tuple(
        _checked(name, outside[name](kept))
        if name in outside and name not in ENGINES
        else _checked(name, _made(name, settings.get(name, {}), kept, limits or EngineLimits()))
        for name in names
    )


def announced_engines() -> tuple[str, ...]:
    """Return the names of the engines that other installed packages announce, allowed or not."""
    return tuple(sorted({found.name for found in entry_points(group=ENTRY_POINTS)} - set(ENGINES)))


def _unknown(name: str, allowed: Collection[str]) -> str:
    if name in announced_engines():
        return f"the engine {name!r} is installed but not allowed; put it on the list of allowed engines"
    return f"no engine is called {name!r}; there are: {', '.join(sorted({*ENGINES, *allowed}))}"


def _made(name: str, config: EngineConfig, store: FingerprintStore, limits: EngineLimits) -> EmbeddedEngine:
    if name in ENGINES:
        try:
            return _built_in(name, config, store)
        except EngineProblem:
            raise
        except (TypeError, ValueError) as error:
            raise EngineProblem(f"{name}: {error}") from None
        except ImportError as error:
            raise EngineProblem(f"{name} cannot be used here: {error}") from None
    try:
        return ConfinedEngine(name, partial(_of_package, name, config, store), limits, keeps_works=store.shared)
    except CannotBeMade as error:
        raise EngineProblem(str(error)) from None


def _of_package(name: str, config: EngineConfig, store: FingerprintStore) -> EmbeddedEngine:
    """Make an engine of another package, in the process in which it will run."""
    try:
        engine = _factory(name)(config, store)
    except EngineProblem:
        raise
    except (TypeError, ValueError) as error:
        raise EngineProblem(f"{name}: {error}") from None
    except ImportError as error:
        raise EngineProblem(f"{name} cannot be used here: {error}") from None
    except (Exception, SystemExit) as error:
        raise EngineProblem(f"the engine {name!r} cannot be made: {type(error).__name__}: {error}") from error
    try:
        engine.info  # noqa: B018 whether it can be said at all
    except Exception as error:
        raise EngineProblem(f"the engine {name!r} does not describe itself: {error}") from error
    return engine


def _built_in(name: str, config: EngineConfig, store: FingerprintStore) -> EmbeddedEngine:
    engine, kind = ENGINES[name]()
    known = () if kind is None else tuple(_setting_names(kind))
    for key, value in config.items():
        if key not in known:
            raise EngineProblem(f"{name} has no setting {key!r}; it has: {', '.join(sorted(known)) or 'none'}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise EngineProblem(f"{name}: {key} must be a whole number, not {value!r}")
    chosen = () if kind is None else (_settings(kind(), config),)
    return engine(*chosen, store=store)


def _setting_names(kind: Any) -> list[str]:
    """Return the names of all settings; those of settings inside settings count as the engine's own."""
    default = kind()
    names: list[str] = []
    for one in fields(kind):
        inner = getattr(default, one.name)
        names += _setting_names(type(inner)) if is_dataclass(inner) else [one.name]
    return names


def _settings(default: Any, config: EngineConfig) -> Any:
    """Return the settings with what is configured in place of the defaults."""

    def value(one: Field[Any]) -> Any:
        held = getattr(default, one.name)
        return _settings(held, config) if is_dataclass(held) else config.get(one.name, held)

    return type(default)(**{one.name: value(one) for one in fields(default)})


def _factory(name: str) -> EngineFactory:
    found: list[EntryPoint] = sorted(entry_points(group=ENTRY_POINTS, name=name), key=lambda one: one.value)
    if not found:
        raise EngineProblem(f"the engine {name!r} is allowed, but no installed package announces it")
    if len({one.value for one in found}) > 1:
        raise EngineProblem(f"several packages announce an engine {name!r}: {', '.join(one.value for one in found)}")
    try:
        return cast(EngineFactory, found[0].load())
    except (Exception, SystemExit) as error:
        raise EngineProblem(f"the engine {name!r} cannot be loaded: {error}") from error


def _checked(name: str, engine: EmbeddedEngine) -> EmbeddedEngine:
    info = engine.info
    if info.name != name:
        raise EngineProblem(f"the engine announced as {name!r} calls itself {info.name!r}")
    if info.api_version != API_VERSION:
        wanted = f"version {info.api_version} of the port, and this is version {API_VERSION}"
        raise EngineProblem(f"the engine {name!r} was written for {wanted}")
    return engine
