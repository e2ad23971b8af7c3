"""What axe finds wrong with a page in Chromium, with its colours for the day and for the night.

Contrast takes axe four times as long as everything else together, and on every page it would measure the same header,
buttons and tables again. So each look is measured once in a process and scheme: a text's own colour and size on the
backgrounds that are drawn below it. A look counts as measured only where axe found enough contrast; where it could
not tell, it tries every text of that look, and on the next page again.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What passed is left in the browser: it would be many times as much as what did not.
_RUN = """
options => axe.run({resultTypes: ['violations'], preload: false, ...options}).then(
    found => ({...found, passes: [], incomplete: [], inapplicable: []})
)
"""
_BUT_CONTRAST: dict[str, Any] = {"rules": {"color-contrast": {"enabled": False}}}
_LINKS: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["link-in-text-block"]}}
"""What can differ between day and night, beside contrast: the page is the same, only its colours change."""

_LOOKS = """
() => {
    const grounds = new Map();
    const ground = element => {
        if (element === null) return '';
        if (grounds.has(element)) return grounds.get(element);
        const style = getComputedStyle(element);
        const drawn = [
            ['backgroundColor', 'rgba(0, 0, 0, 0)'], ['backgroundImage', 'none'], ['opacity', '1'],
            ['position', 'static'], ['zIndex', 'auto'], ['transform', 'none'], ['filter', 'none'],
            ['mixBlendMode', 'normal'], ['clip', 'auto'], ['clipPath', 'none'], ['overflow', 'visible'],
        ].filter(([name, plain]) => style[name] !== plain).map(([name]) => `${name}: ${style[name]}`).join('; ');
        const below = ground(element.parentElement);
        const found = drawn === '' ? below : `${below} > ${drawn}`;
        grounds.set(element, found);
        return found;
    };
    const shown = {checkOpacity: true, checkVisibilityCSS: true};
    const looks = new Map();
    for (const element of document.body.querySelectorAll('*')) {
        if (element instanceof SVGElement) continue;  // axe cannot tell what their text is drawn on
        const says = element.matches('input, select, textarea, button')
            || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
        if (!says || !element.checkVisibility(shown)) continue;
        if (ground(element).includes('clipPath: inset(50%)')) continue;  // for screen readers alone
        const style = getComputedStyle(element);
        const off = element.closest(':disabled, [aria-disabled="true"]') || element.closest('label')?.control?.disabled;
        const look = [
            style.color, style.webkitTextFillColor, style.fontSize, style.fontWeight, style.textShadow,
            element.matches('input, select, textarea, button, option') ? element.localName + element.type : '',
            off ? 'off' : '', ground(element),
        ].join(' | ');
        looks.set(look, [...(looks.get(look) ?? []), element]);
    }
    window.looksForTests = looks;
    return [...looks.keys()];
}
"""

_MEASURE = """
async names => {
    const options = {
        runOnly: {type: 'rule', values: ['color-contrast']}, resultTypes: ['violations', 'passes'], elementRef: true,
    };
    const measure = elements => axe.run({include: elements}, options);
    const looks = window.looksForTests;
    const passed = new Set();
    const found = await measure(names.map(name => looks.get(name)[0]));
    const keep = result => result.passes.forEach(rule => rule.nodes.forEach(node => passed.add(node.element)));
    keep(found);
    const others = names.flatMap(name => passed.has(looks.get(name)[0]) ? [] : looks.get(name).slice(1));
    if (others.length) {
        const more = await measure(others);
        keep(more);
        found.violations.push(...more.violations);
    }
    const enough = names.filter(name => looks.get(name).some(element => passed.has(element)));
    const told = {...found, passes: [], incomplete: [], inapplicable: []};
    return [enough, JSON.parse(JSON.stringify(told, (key, value) => key === 'element' ? undefined : value))];
}
"""

_measured: dict[bool, set[str]] = {False: set(), True: set()}
"""The looks in which this process has found enough contrast, by day and by night."""


def assert_no_faults(page: Page, where: str) -> None:
    """Nothing to find, in light and in dark; the page is read once for both, which takes half the time."""
    page.evaluate(_SCRIPT)
    for dark, options in ((False, _BUT_CONTRAST), (True, _LINKS)):
        page.emulate_media(color_scheme="dark" if dark else "light")
        here = f"{where} ({'dark' if dark else 'light'})"
        _assert_none(page.evaluate(_RUN, options), here)
        new = [look for look in page.evaluate(_LOOKS) if look not in _measured[dark]]
        if new:
            enough, found = page.evaluate(_MEASURE, new)
            _assert_none(found, here)
            _measured[dark].update(enough)


def _assert_none(found: dict[str, Any], where: str) -> None:
    results = AxeResults(found)
    assert results.violations_count == 0, f"{where}\n{results.generate_report()}"


_SCRIPT = Axe().axe_script
