"""Write docs/reference/refusals.md from the refusals' texts and the Chinese catalogue; a test compares the two."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po

from casework.domain.facts import Refused
from casework.views.refusals import refusal_codes, refusal_text

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "refusals.md"
CATALOGUE = ROOT / "casework" / "locale" / "zh_CN" / "LC_MESSAGES" / "casework.po"
HEAD = """# Refusals of the rules

This page is made from `casework/views/refusals.py` and the Chinese catalogue by `python -m scripts.refusals_reference`.

A step that the rules do not allow changes nothing. The API answers 409 with the code in `code`, the sentence in the
caller's language in `detail`, plain facts such as a date in `details`, and in `allowed_steps` what the caller may do
instead. Pages show the sentence in the place of the form. Codes are stable; sentences may change.

| code | English | 中文 |
|---|---|---|
"""


def page() -> str:
    """The whole page. Raises ``KeyError`` naming a sentence that the catalogue lacks."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    chinese = {str(message.id): str(message.string) for message in catalogue if message.id}
    rows = []
    for code in sorted(refusal_codes()):
        english = refusal_text(Refused(code))
        rows.append(f"| `{code}` | {english} | {chinese[english]} |")
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
