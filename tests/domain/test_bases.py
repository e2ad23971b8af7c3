"""The closed list of what a ruling may rest on: each with a name in both languages, none missing from any regime."""

from __future__ import annotations

import re

from casework.domain.case.bases import BASES, BASIS_NAMES, OTHER_LAWS_BASES
from casework.law import read_law
from casework.reports.figures.labels import label_of
from casework.views.labels import legal_basis_label
from casework.views.language import Language, use_language


def test_each_basis_has_a_name_of_its_own_in_both_languages() -> None:
    assert set(BASIS_NAMES) == set(BASES)
    assert len(set(BASES)) == len(BASES)
    assert all(name.en.isascii() for name in BASIS_NAMES.values())
    assert all(re.search(r"[\u4e00-\u9fff]", name.zh) for name in BASIS_NAMES.values())
    assert len({name.en for name in BASIS_NAMES.values()}) == len(BASES)
    assert len({name.zh for name in BASIS_NAMES.values()}) == len(BASES)


def test_articles_are_numbered_as_in_the_law() -> None:
    assert BASIS_NAMES["CN_ART52_11"].zh.endswith("（《著作权法》第五十二条第十一项）")
    assert BASIS_NAMES["CN_ART53_08"].en.endswith("(Copyright Law, art. 53, no. 8)")
    assert BASIS_NAMES["CN_ART24_02"].en == "Quoting to introduce, review or explain (Copyright Law, art. 24, no. 2)"


def test_what_a_mark_may_name_under_any_regime_a_ruling_may_rest_on() -> None:
    uses = {use.id for regime in read_law().regimes.all for use in regime.lawful_uses}
    assert uses <= set(BASES)
    assert set(OTHER_LAWS_BASES) == {code for code in uses if not code.startswith("CN_")}


def test_pages_and_reports_call_a_basis_the_same() -> None:
    for code, name in BASIS_NAMES.items():
        assert (label_of("basis_code", code).en, label_of("basis_code", code).zh) == (name.en, name.zh)
        assert legal_basis_label(code) == name.en
        with use_language(Language.ZH):
            assert legal_basis_label(code) == name.zh
