"""What axe finds wrong with a page in Chromium, with its colours for the day and for the night."""

from __future__ import annotations

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What passed is left in the browser: it would be many times as much as what did not.
_RUN = (
    "axe.run({resultTypes: ['violations']}).then(found => ({...found, passes: [], incomplete: [], inapplicable: []}))"
)


def assert_no_faults(page: Page, where: str) -> None:
    """Nothing to find, in light and in dark; the page is read once for both, which takes half the time."""
    page.evaluate(Axe().axe_script)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = AxeResults(page.evaluate(_RUN))
        assert found.violations_count == 0, f"{where} ({scheme})\n{found.generate_report()}"
