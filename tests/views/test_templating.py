"""The Jinja environment: assets, request data, languages, blocks, and its use inside Litestar."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment
from litestar import Litestar, get
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig
from litestar.testing import TestClient

from casework.views.language import Language, set_language, use_language
from casework.views.templating import (
    AssetMissing,
    Assets,
    PageRequest,
    SignedIn,
    build_environment,
    language_url,
    render_block,
    set_page_request,
    use_page_request,
)


@pytest.fixture
def environment() -> Environment:
    return build_environment()


def test_assets_have_hashed_addresses(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"app.css": "app.1a2b.css"}))
    assets = Assets(tmp_path)
    assert assets.url("app.css") == "/static/vendor/app.1a2b.css"
    assert assets.path("app.css") == tmp_path / "app.1a2b.css"
    with pytest.raises(AssetMissing, match=r"app\.js"):
        assets.url("app.js")


def test_missing_assets_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="make setup"):
        Assets(tmp_path).url("app.css")


def test_language_links_keep_the_rest_of_the_address() -> None:
    assert language_url("zh", "/d/abc?page=2&lang=en&q=%E4%BE%8B") == "/d/abc?page=2&q=%E4%BE%8B&lang=zh"
    assert language_url("en", "/") == "/?lang=en"
    with use_page_request(PageRequest(address="/desk?a=")):
        assert language_url("zh") == "/desk?a=&lang=zh"


def test_language_links_stay_on_this_site() -> None:
    assert language_url("zh", "//elsewhere.example/x") == "/x?lang=zh"


def test_forms_carry_the_token(environment: Environment) -> None:
    with use_page_request(PageRequest(csrf_token='a"b')):
        html = environment.from_string("{{ csrf_field() }}").render()
    assert html == '<input type="hidden" name="_csrf_token" value="a&#34;b">'


def test_outside_a_request_everything_is_empty(environment: Environment) -> None:
    assert environment.from_string("[{{ csp_nonce() }}]").render() == "[]"


def test_filters_are_not_computed_at_compile_time(environment: Environment) -> None:
    template = environment.from_string("{{ none | percent }} {{ 0.5 | percent }}")
    assert template.render() == "n/a 50.0\u00a0%"
    with use_language(Language.ZH):
        assert template.render() == "不适用 50.0%"


def test_texts_from_outside_are_escaped(environment: Environment) -> None:
    template = environment.from_string('{{ _("%(name)s, %(role)s", name=name, role="r") }}')
    assert template.render(name="<script>") == "&lt;script&gt;, r"


def test_a_block_alone_brings_its_own_imports(environment: Environment) -> None:
    environment.loader = DictLoader(
        {"page.html": "before {% block row %}{{ share | percent }} {{ _('Upload') }}{% endblock %} after"}
    )
    with use_language(Language.ZH):
        assert render_block(environment, "page.html", "row", {"share": Decimal("0.25")}) == "25.0% 上传内容"


def test_the_signed_in_person_is_named(environment: Environment) -> None:
    page = PageRequest(signed_in=SignedIn("<Ann>", "reviewer"), csrf_token="t")
    with use_page_request(page):
        html = environment.get_template("layout.html").render()
    assert '<span lang="" translate="no">&lt;Ann&gt;</span>, reviewer' in html
    assert 'action="/sign-out"' in html
    assert "sign-out" not in environment.get_template("layout.html").render()


def test_works_as_the_engine_of_litestar(environment: Environment) -> None:
    environment.loader = DictLoader(
        {"x.html": "{{ _('Upload') }} {{ csrf_field() }} {{ csp_nonce() }} {{ 1234 | number }}"}
    )

    async def before(_: object) -> None:
        set_language(Language.ZH)
        set_page_request(PageRequest(nonce="abc", csrf_token="tok"))

    @get("/", sync_to_thread=True)
    def show() -> Template:
        return Template("x.html")

    configuration = TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))
    with TestClient(Litestar([show], before_request=before, template_config=configuration)) as client:
        answer = client.get("/").text
    assert answer == '上传内容 <input type="hidden" name="_csrf_token" value="tok"> abc 1,234'
