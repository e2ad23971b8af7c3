"""What the parts of a legal regime are called on pages: elements of notices, waits, measures, remedies outside.

The sources of law and the names of places and lawful uses stand in the regimes' files themselves, in both languages.
"""

from __future__ import annotations

from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import CalendarName, PublicRegister, Regime, Silence, Wait, WaitKind, WaitStart
from casework.domain.values import Measure, Remedy
from casework.views.language import gettext, ngettext


def element_label(element: NoticeElement) -> str:
    """A statutory element of a notice or counter-notice, as one says what to write down."""
    return {
        NoticeElement.IDENTITY: gettext("True name"),
        NoticeElement.CONTACT: gettext("Contact (e-mail or telephone)"),
        NoticeElement.ADDRESS: gettext("Postal address"),
        NoticeElement.OWNERSHIP_PROOF: gettext("Proof of the right"),
        NoticeElement.WORK_IDENTIFIED: gettext("Which work is meant"),
        NoticeElement.LOCATION: gettext("Exact place of the material"),
        NoticeElement.PRIMA_FACIE_EVIDENCE: gettext("First evidence"),
        NoticeElement.TRUTHFULNESS_GUARANTEE: gettext("Guarantee that it is true"),
        NoticeElement.REASONED_EXPLANATION: gettext("Reasons why the use is unlawful"),
        NoticeElement.GOOD_FAITH_STATEMENT: gettext("Statement of good faith"),
        NoticeElement.ACCURACY_STATEMENT: gettext("Statement that the information is accurate"),
        NoticeElement.AUTHORITY_UNDER_PERJURY: gettext("Authority to act, under penalty of perjury"),
        NoticeElement.SIGNATURE: gettext("Signature"),
        NoticeElement.MISTAKE_STATEMENT_UNDER_PERJURY: gettext("Statement of a mistake, under penalty of perjury"),
        NoticeElement.JURISDICTION_CONSENT: gettext("Consent to the court's jurisdiction and to service"),
    }[element]


def measure_label(measure: Measure) -> str:
    """What may follow an accepted notice."""
    return {
        Measure.NONE: gettext("no restriction"),
        Measure.LABEL: gettext("a label"),
        Measure.DEMOTE: gettext("less visibility"),
        Measure.BLOCK: gettext("a block"),
    }[measure]


def outside_label(remedy: Remedy) -> str:
    """Where to turn outside the platform."""
    return {
        Remedy.AUTHORITY: gettext("Copyright authority"),
        Remedy.EXTERNAL_BODY: gettext("Out-of-court body"),
        Remedy.COURT: gettext("Court"),
    }.get(remedy, remedy.value)


def wait_text(wait: Wait, standard_days: int) -> str:
    """How long the measure stays after an accepted counter-notice, and from when."""
    if wait.kind is WaitKind.NONE:
        return gettext("none")
    days = wait.days(standard_days)
    if wait.kind is WaitKind.BUSINESS_DAYS:
        length = ngettext("%(num)d working day", "%(num)d working days", days) % {"num": days}
        if wait.latest is not None:
            length = gettext("%(least)d to %(most)d working days") % {"least": days, "most": wait.latest}
    else:
        length = ngettext("%(num)d day", "%(num)d days", days) % {"num": days}
    if wait.starts is WaitStart.DELIVERY:
        return gettext("%(length)s from the arrival at the right holder") % {"length": length}
    return gettext("%(length)s from the receipt by the platform") % {"length": length}


def silence_text(silence: Silence) -> str:
    """What the right holder's silence leads to."""
    return {
        Silence.NOTHING: gettext("nothing follows from it"),
        Silence.ENDS_MEASURE: gettext("the measure ends"),
        Silence.RESTORES: gettext("the upload returns"),
    }[silence]


def restoration_text(regime: Regime) -> str:
    """What an accepted counter-notice does."""
    if regime.counter_notice is None:
        return gettext("This law knows no counter-notice; the uploader contests.")
    if not regime.restores_at_once:
        return gettext("The upload returns after the wait.")
    if regime.bars_repeats:
        return gettext("The upload returns at once, and the same right holder cannot notify it again.")
    return gettext("The upload returns at once.")


def register_text(register: PublicRegister) -> str:
    """Which cases are open to the public."""
    return {
        PublicRegister.NONE: gettext("none"),
        PublicRegister.EVERY_NOTICE: gettext("every notice, counter-notice and outcome"),
        PublicRegister.UNREACHABLE_UPLOADER: gettext("the notice, where the uploader cannot be reached"),
    }[register]


def calendar_text(calendar: CalendarName) -> str:
    """Which days count as working days."""
    return {
        CalendarName.CALENDAR_DAYS: gettext("every day counts"),
        CalendarName.CHINA: gettext("statutory working days of China, with make-up days"),
        CalendarName.UNITED_STATES: gettext("business days without federal holidays"),
    }[calendar]
