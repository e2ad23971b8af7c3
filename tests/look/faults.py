"""What axe finds wrong with a page in Chromium, with its colours for the day and for the night."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What passed is left in the browser: it would be many times as much as what did not.
_RUN = """
options => axe.run({resultTypes: ['violations'], ...options}).then(
    found => ({...found, passes: [], incomplete: [], inapplicable: []})
)
"""
_EVERY_RULE: dict[str, Any] = {}
_COLOURS: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What can differ between day and night: the page is the same, only its colours change."""


_BUT_COLOURS: dict[str, Any] = {"rules": {rule: {"enabled": False} for rule in _COLOURS["runOnly"]["values"]}}


def assert_no_faults(page: Page, where: str, *, colours: bool = True) -> None:
    """Nothing to find, in light and in dark; the page is read once for both, which takes half the time.

    ``colours``: they take most of the time, and need no second look where only the language differs.
    """
    page.evaluate(Axe().axe_script)
    rounds = ((False, _EVERY_RULE), (True, _COLOURS)) if colours else ((False, _BUT_COLOURS),)
    for dark, options in rounds:
        page.emulate_media(color_scheme="dark" if dark else "light")
        found = AxeResults(page.evaluate(_RUN, options))
        assert found.violations_count == 0, f"{where} ({'dark' if dark else 'light'})\n{found.generate_report()}"
