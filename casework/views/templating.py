"""The one Jinja environment, for pages, letters and reports alike, inside and outside a web request.

Templates come from `casework/templates`, the GOV.UK macros from their package under `govuk_frontend_jinja/`.
What belongs to the request being answered (script nonce, form token, address, who is signed in) is in a
`PageRequest` that the web layer sets for the context; outside a request it is empty and the same templates work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, pass_context
from jinja2.runtime import Context
from jinja2_fragments import render_block as _render_block
from markupsafe import Markup

from casework.views import drawing, formatting, language
from casework.views.language import Language, current_language
from casework.views.media_labels import preview_problem_label

TEMPLATE_DIRECTORY = Path(__file__).resolve().parent.parent / "templates"
VENDOR_DIRECTORY = Path(__file__).resolve().parent.parent / "static" / "vendor"
PRODUCT_NAME = "Casework"


class AssetMissing(RuntimeError):
    """A style sheet or script was not built, or is not named in the manifest."""


@dataclass(frozen=True)
class NavigationItem:
    """One link of the navigation of a desk; `text` is already translated."""

    text: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class SignedIn:
    """Who the page header names: the person and the translated name of the role, and the desk's navigation."""

    name: str
    role: str
    navigation: tuple[NavigationItem, ...] = ()
    sign_out_url: str = "/sign-out"


@dataclass(frozen=True)
class PageRequest:
    """What a page needs of the request it answers.

    `address` is path and query as asked for; `csrf_token` goes into forms and htmx headers; `nonce` is the one
    that the Content-Security-Policy header of the same response names.
    """

    address: str = "/"
    nonce: str = ""
    csrf_token: str = ""
    signed_in: SignedIn | None = None
    home_url: str = "/"


_current_page: ContextVar[PageRequest] = ContextVar("casework_page_request", default=PageRequest())  # noqa: B039 frozen


def set_page_request(page: PageRequest) -> None:
    """Make `page` the request of this context, for a `before_request` hook; it must be `async` (see `set_language`)."""
    _current_page.set(page)


@contextmanager
def use_page_request(page: PageRequest) -> Iterator[PageRequest]:
    """Render everything inside for `page`; the previous one returns afterwards."""
    token = _current_page.set(page)
    try:
        yield page
    finally:
        _current_page.reset(token)


def current_page() -> PageRequest:
    """The request being answered, or an empty one outside the web."""
    return _current_page.get()


@dataclass
class Assets:
    """File names with content hashes, as the asset build wrote them into `manifest.json`.

    The manifest is read once, on first use, so that the command line and the letters do without built assets.
    """

    directory: Path = VENDOR_DIRECTORY
    url_prefix: str = "/static/vendor/"
    _names: Mapping[str, str] | None = None

    def names(self) -> Mapping[str, str]:
        """Plain name to hashed name.

        Raises:
            AssetMissing: the assets were not built.

        """
        if self._names is None:
            manifest = self.directory / "manifest.json"
            if not manifest.is_file():
                raise AssetMissing(f"{manifest} is missing: build the assets first (make setup)")
            self._names = json.loads(manifest.read_text(encoding="utf-8"))
        return self._names

    def hashed(self, name: str) -> str:
        """The hashed file name of `name`.

        Raises:
            AssetMissing: the manifest does not name it.

        """
        try:
            return self.names()[name]
        except KeyError as error:
            raise AssetMissing(f"no asset is called {name!r}; the manifest has {sorted(self.names())}") from error

    def url(self, name: str) -> str:
        """Where the browser finds the asset `name`; safe to cache for ever."""
        return self.url_prefix + self.hashed(name)

    def path(self, name: str) -> Path:
        """Where the asset `name` lies on disk (for the report renderer)."""
        return self.directory / self.hashed(name)


def language_url(code: str, address: str | None = None) -> str:
    """The current address in another language: `?lang=` replaced, everything else of the query kept."""
    parts = urlsplit(current_page().address if address is None else address)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "lang"]
    return f"{parts.path or '/'}?{urlencode([*query, ('lang', code)])}"


def csrf_field() -> Markup:
    """The hidden field with the form token, for every form that is posted."""
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(current_page().csrf_token)


def htmx_headers() -> str:
    """The value of `data-hx-headers`: htmx requests carry the form token in a header."""
    return json.dumps({"x-csrftoken": current_page().csrf_token})


def _for_templates(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as a filter that Jinja never computes at compile time: the result depends on who reads."""

    @pass_context
    def filtered(_context: Context, *positional: Any, **named: Any) -> Any:
        return function(*positional, **named)

    return filtered


def _filters(zone: tzinfo, limits: Sequence[Decimal]) -> dict[str, Callable[..., Any]]:
    functions: dict[str, Callable[..., Any]] = {
        "datetime": partial(formatting.format_datetime, display_zone=zone),
        "date": partial(formatting.format_date, display_zone=zone),
        "iso": formatting.format_iso,
        "duration": formatting.format_duration,
        "time_left": formatting.format_time_left,
        "hours": formatting.format_hours,
        "percent": partial(formatting.format_percent, limits=limits),
        "number": formatting.format_number,
        "decimal": formatting.format_decimal_number,
        "amount": formatting.format_amount,
        "position": formatting.format_position,
        "coordinate": drawing.coordinate,
        "text_width": drawing.text_width,
        "label_lines": drawing.label_lines,
        "legend_places": drawing.legend_places,
        "nice_top": drawing.nice_top,
        "axis_number": drawing.axis_number,
        "waveform_path": drawing.waveform_path,
        "preview_problem": preview_problem_label,
    }
    return {name: _for_templates(function) for name, function in functions.items()}


def _globals(assets: Assets) -> dict[str, Any]:
    return {
        "static": assets.url,
        "csp_nonce": lambda: current_page().nonce,
        "csrf_field": csrf_field,
        "htmx_headers": htmx_headers,
        "page_request": current_page,
        "current_language": current_language,
        "languages": tuple(Language),
        "language_url": language_url,
        "product_name": PRODUCT_NAME,
    }


def build_environment(
    *,
    display_zone: tzinfo = formatting.DEFAULT_DISPLAY_ZONE,
    assets: Assets | None = None,
    limits: Sequence[Decimal] = formatting.BAND_LIMITS,
    auto_reload: bool = False,
    template_directories: Sequence[Path] = (),
) -> Environment:
    """The environment for pages, letters and reports.

    `limits` are the shares beside which percentages show more digits; `auto_reload` is for development;
    `template_directories` are looked into before the package's own (a platform's own texts).

    Raises:
        CatalogueMissing: the Chinese texts are not compiled; better at the start than on the first page.

    """
    language.catalogue(Language.ZH)
    loader = ChoiceLoader(
        [
            FileSystemLoader([*template_directories, TEMPLATE_DIRECTORY]),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    # Not StrictUndefined: the GOV.UK macros ask for parameters that are not given.
    environment = Environment(
        loader=loader,
        autoescape=True,
        auto_reload=auto_reload,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        cache_size=400,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        language.gettext,
        language.ngettext,
        newstyle=True,
        pgettext=language.pgettext,
        npgettext=language.npgettext,
    )
    environment.filters.update(_filters(display_zone, limits))
    environment.globals.update(_globals(assets or Assets()))
    return environment


@cache
def environment_in(zone: tzinfo) -> Environment:
    """The environment whose times are of this zone: one for pages, letters and reports, as compiling takes long."""
    return build_environment(display_zone=zone)


def render_block(environment: Environment, template: str, block: str, context: Mapping[str, Any]) -> str:
    """One block of a page, for htmx. The block must import the macros it uses itself (top-level imports do not run)."""
    return str(_render_block(environment, template, block, **context))
