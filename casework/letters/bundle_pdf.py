"""The bundle of evidence as one PDF: title page, contents with page numbers, and everything that the reader may see."""

from __future__ import annotations

from typing import Any

from casework.letters.bundle import BUNDLE, Bundle, Reader
from casework.letters.bundle_entries import Entry
from casework.letters.letter import Element, Fact, Quotation
from casework.letters.render import letter_data
from casework.letters.writing import terms_then
from casework.views import labels, regime_labels, step_labels
from casework.views.api.case_lines import CounterNoticeAnswer, NoticeAnswer
from casework.views.forwarded import REACHABLE_BY
from casework.views.language import current_language, gettext
from casework.views.pages.case_view import CaseView, view_case
from casework.views.pages.standard_law import in_language
from casework.views.presentation import timeline
from casework.views.templating import environment_in


def bundle_pdf(bundle: Bundle, entries: list[Entry], digest: str) -> bytes:
    """The PDF; ``digest`` is that of the manifest. Slow: run it in a worker thread. Raises ``FontMissing``."""
    # Loading the typesetter takes seconds, and most processes never need it.
    from casework.reports.pdf import render_pdf

    html = bundle_html(bundle, entries, digest)
    return render_pdf(html, language=current_language(), title=_title(bundle), created=bundle.as_of)


def bundle_html(bundle: Bundle, entries: list[Entry], digest: str) -> str:
    """What becomes the PDF."""
    view = view_case(bundle.casework, bundle.case_id, bundle.actor, "", bundle.zone)
    environment = environment_in(bundle.zone)
    context: dict[str, Any] = {
        "title": _title(bundle),
        "author": bundle.platform,
        "platform": bundle.platform,
        "bundle": bundle,
        "reader": _reader(bundle.reader),
        "view": view,
        "labels": labels,
        "step_labels": step_labels,
        "regime_labels": regime_labels,
        "compared": bundle.compared.on_paper(),
        "law": list(_law(bundle)),
        "notices": [_notice(view, one, bundle.reader) for one in view.lines.notices],
        "quotations": list(_spoken(view)),
        "timeline": timeline(bundle.history, bundle.actor.role),
        "letters": [(letter.heading, letter_data(letter, environment, bundle.platform)) for letter in bundle.letters()],
        "entries": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in entries],
        "digest": digest,
        "bundle_name": BUNDLE,
    }
    return environment.get_template("letters/bundle.html").render(context)


def _title(bundle: Bundle) -> str:
    return f"{gettext('Bundle of evidence')}: {bundle.case.decision.work.title}"


def _reader(reader: Reader) -> str:
    return {
        Reader.UPLOADER: gettext("Made for the uploader"),
        Reader.RIGHT_HOLDER: gettext("Made for the right holder"),
        Reader.STAFF: gettext("Made for the staff of the platform"),
        Reader.EXTERNAL_BODY: gettext(
            "Made for an external body; without contact data, addresses and offers to settle"
        ),
    }[reader]


def _law(bundle: Bundle) -> list[Fact]:
    """The standard that decided and the regime that governs, with their sources."""
    terms = terms_then(bundle.casework, bundle.case)
    standard, regime = terms.standard, terms.regime
    found = [
        Fact(gettext("Filtering standard"), f"{in_language(standard.title)} ({standard.id})"),
        Fact(gettext("Source of the standard"), in_language(standard.source)),
    ]
    if regime is not None:
        found += [
            Fact(gettext("Regime"), in_language(regime.title)),
            Fact(gettext("Source of law"), in_language(regime.source)),
            Fact(gettext("Wait after a counter-notice"), in_language(regime.wait.source)),
            Fact(gettext("Remedies outside the platform"), in_language(regime.remedies.source)),
        ]
    return found


def _notice(view: CaseView, notice: NoticeAnswer, reader: Reader) -> dict[str, Any]:
    counters = [(one, _elements(view, one, reader)) for one in notice.counter_notices]
    return {"notice": notice, "elements": _elements(view, notice, reader), "counters": counters}


def _elements(view: CaseView, sent: NoticeAnswer | CounterNoticeAnswer, reader: Reader) -> list[Element]:
    hidden = REACHABLE_BY if reader is Reader.EXTERNAL_BODY else frozenset()
    return [
        Element(one.id, one.label, one.article, one.said, one.stated, one.missing)
        for one in view.lines.elements(sent)
        if one.id not in hidden
    ]


def _spoken(view: CaseView) -> list[Quotation]:
    """What both sides said on appeals, and their statements."""
    found: list[Quotation] = []
    for appeal in view.appeals:
        title = f"{appeal.title}: {appeal.ground}" if appeal.ground else appeal.title
        found.append(Quotation(title, appeal.reasons))
        if appeal.has_exceptions:
            found.append(Quotation(gettext("Which exceptions the right holder considered"), appeal.exceptions))
        if appeal.check is not None:
            found.append(Quotation(gettext("Who looked, and what was found"), appeal.check))
    said = gettext("Statement")
    found += [Quotation(f"{said}: {statement.by}", statement.text) for statement in view.statements]
    return found
