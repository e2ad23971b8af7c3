"""Keep the message catalogues: ``update`` gathers the texts of templates and code, ``compile`` makes them usable.

The source language is English, in the templates themselves; casework/locale holds one catalogue per other language.
Compiled catalogues are not kept in git; the set-up and the wheel's build make them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

DOMAIN = "casework"
LANGUAGES = ("zh_CN",)


def catalogue_path(root: Path, language: str) -> Path:
    """Return where a language's catalogue is kept."""
    return root / "casework" / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def extract(root: Path) -> Catalog:
    """Gather every text marked for translation; a template with a syntax error raises instead of losing its texts."""
    with (root / "babel.cfg").open(encoding="utf-8") as configuration:
        methods, options = parse_mapping_cfg(configuration, "babel.cfg")  # type: ignore[no-untyped-call]
    methods = [(pattern, texts_of_module if method == "python" else method) for pattern, method in methods]
    found = Catalog(project="Casework", charset="utf-8")
    messages = extract_from_dir(
        root / "casework",
        method_map=methods,
        options_map=options,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for file_name, _line, message, comments, context in messages:
        # Without line numbers a catalogue changes only when a text does.
        found.add(message, locations=[(f"casework/{file_name}", 0)], auto_comments=comments, context=context)
    return found


def texts_of_module(file: BinaryIO, keywords: Any, comment_tags: Collection[str], options: Any) -> Iterable[Any]:
    """What Babel finds in a Python module; one in which nothing is marked, as in most, is not taken apart."""
    marks = b"|".join(re.escape(keyword).encode() for keyword in keywords)
    if not re.search(rb"\b(?:" + marks + rb")\s*\(", file.read()):
        return ()
    file.seek(0)
    return extract_python(file, keywords, comment_tags, options)


def read(root: Path, language: str) -> Catalog:
    """Read a language's catalogue, or begin an empty one."""
    path = catalogue_path(root, language)
    if not path.is_file():
        return Catalog(locale=language, project="Casework", charset="utf-8", fuzzy=False)
    with path.open("rb") as stream:
        return read_po(stream, locale=language, domain=DOMAIN)


def update(root: Path) -> None:
    """Bring each catalogue up to date with the texts in use; nothing is guessed, so what is new stands empty."""
    found = extract(root)
    for language in LANGUAGES:
        catalogue = read(root, language)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        path = catalogue_path(root, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(stream, catalogue, width=100, sort_output=True, include_lineno=False)
        empty = sum(1 for message in catalogue if message.id and not translated(message.string))
        print(f"catalogues: {language}: {len(catalogue)} texts, {empty} without translation")


def translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    """Tell whether a message has all its translations."""
    return bool(string) and all(string or ())


def untranslated(root: Path, language: str) -> list[str]:
    """List the texts in use that a language's catalogue lacks, leaves empty or marks as doubtful."""
    catalogue = read(root, language)
    lacking = []
    for message in extract(root):
        if message.id:
            kept = catalogue.get(message.id, message.context)
            if kept is None or kept.fuzzy or not translated(kept.string):
                lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def compile_all(root: Path) -> None:
    """Compile every catalogue beside its source; doubtful translations are left out."""
    for source in sorted((root / "casework" / "locale").rglob("*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name, domain=DOMAIN)
        fresh = source.with_suffix(".mo.new")
        with fresh.open("wb") as stream:
            write_mo(stream, catalogue)
        fresh.replace(source.with_suffix(".mo"))


def main() -> int:
    """Run the action named on the command line."""
    actions = {"update": update, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        print("usage: catalogues.py (update | compile)", file=sys.stderr)
        return 2
    actions[sys.argv[1]](Path(__file__).resolve().parent.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
