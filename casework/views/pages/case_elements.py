"""The statutory elements of a notice or counter-notice as questions: what to write, why it is asked, in which words."""

from __future__ import annotations

from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Contents
from casework.steps import STATEMENTS
from casework.views.language import gettext
from casework.views.pages.case_questions import Question
from casework.views.pages.standard_law import in_language
from casework.views.regime_labels import element_label

LINES = frozenset({NoticeElement.IDENTITY, NoticeElement.CONTACT, NoticeElement.SIGNATURE})
"""Elements that fit on one line."""


def element_questions(contents: Contents, *, counter: bool, only: frozenset[str] | None = None) -> tuple[Question, ...]:
    """One question an element, in the order of the law; ``only``: those that are still missing."""
    return tuple(
        _question(element.id, in_language(element.article), counter=counter)
        for element in contents.elements
        if only is None or element.id.value in only
    )


def _question(element: NoticeElement, article: str, *, counter: bool) -> Question:
    why = _why_counter(element) if counter else _why_notice(element)
    if element in STATEMENTS:
        return Question(
            element.value,
            "confirm",
            element_label(element),
            why=why,
            article=article,
            statement=_statement(element, counter=counter),
        )
    kind = "line" if element in LINES else "words"
    return Question(element.value, kind, element_label(element), _hint(element, counter=counter), why, article)


def _hint(element: NoticeElement, *, counter: bool) -> str:
    if element is NoticeElement.LOCATION:
        return (
            gettext("The address at which the upload was, or its number.")
            if counter
            else gettext("The address or number of the upload, and the place in it, such as 0:40 to 2:10.")
        )
    if element is NoticeElement.PRIMA_FACIE_EVIDENCE:
        return (
            gettext("What shows that you infringe no right: a licence, your drafts, why the law allows the use.")
            if counter
            else gettext("What shows that the use is unlawful: where the work comes from, who may use it and who not.")
        )
    return {
        NoticeElement.IDENTITY: gettext("Your name, or that of your organisation, as in official papers."),
        NoticeElement.CONTACT: gettext("An e-mail address or a telephone number at which you can be reached."),
        NoticeElement.ADDRESS: gettext("Street, town, country."),
        NoticeElement.OWNERSHIP_PROOF: gettext("Registration, contract, first publication: what shows your right."),
        NoticeElement.WORK_IDENTIFIED: gettext("Title, author and edition of the work."),
        NoticeElement.REASONED_EXPLANATION: gettext("In enough detail that a person who does not know you can judge."),
        NoticeElement.SIGNATURE: gettext("Type your full name; this counts as your electronic signature."),
    }.get(element, "")


def _why_notice(element: NoticeElement) -> str:
    return {
        NoticeElement.IDENTITY: gettext("The uploader can answer a claim only if it is known whose it is."),
        NoticeElement.CONTACT: gettext("The platform writes to you here. The uploader does not get it."),
        NoticeElement.ADDRESS: gettext("Courts and authorities may need it. The uploader does not get it."),
        NoticeElement.OWNERSHIP_PROOF: gettext("Only who holds the right, or acts for its owner, can send a notice."),
        NoticeElement.WORK_IDENTIFIED: gettext("The upload is compared with this very work."),
        NoticeElement.LOCATION: gettext("A notice concerns the places that it names and no others."),
        NoticeElement.PRIMA_FACIE_EVIDENCE: gettext("A person weighs it before any measure is taken."),
        NoticeElement.TRUTHFULNESS_GUARANTEE: gettext("Who causes harm by a false notice answers for it."),
        NoticeElement.REASONED_EXPLANATION: gettext("Without reasons nobody can tell unlawful from lawful uses."),
        NoticeElement.GOOD_FAITH_STATEMENT: gettext("A notice against a use that you know to be lawful is abuse."),
        NoticeElement.ACCURACY_STATEMENT: gettext("The platform relies on what stands in the notice."),
        NoticeElement.AUTHORITY_UNDER_PERJURY: gettext("Nobody is to act in the name of others without their leave."),
        NoticeElement.SIGNATURE: gettext("The law wants the declaration signed."),
    }.get(element, "")


def _why_counter(element: NoticeElement) -> str:
    return {
        NoticeElement.IDENTITY: gettext("The right holder gets it: nobody can go to court against an unknown person."),
        NoticeElement.CONTACT: gettext("The platform writes to you here; where its law says so, the right holder too."),
        NoticeElement.ADDRESS: gettext("Where the law says so, the right holder gets it, to be able to sue."),
        NoticeElement.LOCATION: gettext("It must be clear which material was removed."),
        NoticeElement.PRIMA_FACIE_EVIDENCE: gettext("First evidence is enough; you need not prove it in full."),
        NoticeElement.TRUTHFULNESS_GUARANTEE: gettext("A false declaration has consequences in law."),
        NoticeElement.GOOD_FAITH_STATEMENT: gettext("The law trusts who speaks in good faith."),
        NoticeElement.MISTAKE_STATEMENT_UNDER_PERJURY: gettext("The upload returns on the strength of this statement."),
        NoticeElement.JURISDICTION_CONSENT: gettext("So that the right holder can sue instead of keeping the block."),
        NoticeElement.SIGNATURE: gettext("The law wants the declaration signed."),
    }.get(element, "")


def _statement(element: NoticeElement, *, counter: bool) -> str:
    if element is NoticeElement.GOOD_FAITH_STATEMENT and counter:
        return gettext("I believe in good faith that the measure is wrong.")
    return {
        NoticeElement.TRUTHFULNESS_GUARANTEE: gettext("I guarantee that what I say is true, and I answer for it."),
        NoticeElement.GOOD_FAITH_STATEMENT: gettext(
            "I believe in good faith that neither the right holder nor the law allows this use."
        ),
        NoticeElement.ACCURACY_STATEMENT: gettext("The information in this notice is accurate."),
        NoticeElement.AUTHORITY_UNDER_PERJURY: gettext(
            "Under penalty of perjury: I am authorised to act for the owner of the right."
        ),
        NoticeElement.MISTAKE_STATEMENT_UNDER_PERJURY: gettext(
            "Under penalty of perjury: I believe in good faith that the material was removed by mistake or because it "
            "was taken for something else."
        ),
        NoticeElement.JURISDICTION_CONSENT: gettext(
            "I consent to the jurisdiction of the federal court of my address (outside the United States: of any "
            "district where the platform may be found) and accept service of process from the sender of the notice."
        ),
    }[element]
