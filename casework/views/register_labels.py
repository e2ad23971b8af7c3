"""The words of the public register: what became of a notice, and what happened on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import Measure
from casework.law import Law
from casework.views.labels import availability_label, ruling_label
from casework.views.language import Language, current_language, gettext
from casework.views.regime_labels import element_label, measure_label


def register_outcome(code: str) -> str:
    """What has become of a notice."""
    return {
        "in_check": gettext("Notice being checked"),
        "no_measure": gettext("Accepted, without a measure"),
        "measure_stands": gettext("Measure taken and in force"),
        "counter_check": gettext("Counter-notice being checked"),
        "waiting": gettext("Counter-notice accepted, waiting for legal action"),
        "stayed": gettext("Legal action reported, measure stays"),
        "restored_at_once": gettext("Restored at once upon the counter-notice"),
        "restored_after_wait": gettext("Restored after the wait"),
        "rejected": gettext("Notice rejected"),
        "lapsed": gettext("Notice lapsed"),
        "withdrawn": gettext("Notice withdrawn"),
        "settled": gettext("Settled by the parties"),
        "ended_by_ruling": gettext("Measure ended by a ruling"),
        "upload_withdrawn": gettext("Upload withdrawn by the uploader"),
        "closed": gettext("Closed"),
    }.get(code, code)


def register_outcome_kind(code: str) -> str:
    """The kind of tag that goes with it."""
    if code.startswith("restored") or code in ("no_measure", "ended_by_ruling"):
        return "lawful"
    if code == "measure_stands":
        return "infringing"
    return "waiting" if code in ("in_check", "counter_check", "waiting", "stayed") else "closed"


def register_step(code: str) -> str:
    """What happened."""
    return {
        "notice_received": gettext("Notice received"),
        "repeat_notice_barred": gettext("Repeat notice refused"),
        "notice_found_deficient": gettext("Notice found incomplete"),
        "notice_amended": gettext("Notice completed"),
        "notice_lapsed": gettext("Notice lapsed, not completed in time"),
        "notice_accepted": gettext("Notice accepted"),
        "notice_forwarded": gettext("Notice forwarded to the uploader"),
        "notice_rejected": gettext("Notice rejected as unfounded on its face"),
        "notice_withdrawn": gettext("Notice withdrawn by its sender"),
        "counter_notice_received": gettext("Counter-notice received"),
        "counter_notice_found_deficient": gettext("Counter-notice found incomplete"),
        "counter_notice_amended": gettext("Counter-notice completed"),
        "counter_notice_lapsed": gettext("Counter-notice lapsed, not completed in time"),
        "counter_notice_accepted": gettext("Counter-notice accepted"),
        "counter_notice_forwarded": gettext("Counter-notice forwarded to the right holder"),
        "counter_notice_delivered": gettext("Counter-notice arrived at the right holder"),
        "legal_action_reported": gettext("Right holder reported legal action"),
        "wait_expired": gettext("Wait over without legal action: the measure ended"),
        "ruling_issued": gettext("Ruling on an appeal"),
        "parties_settled": gettext("The parties settled"),
        "upload_withdrawn": gettext("The uploader withdrew the upload"),
        "case_reopened": gettext("Case reopened"),
        "order_received": gettext("Order of a court or an authority"),
        "order_lifted": gettext("Order no longer in force"),
        "outside_proceeding_decided": gettext("Proceeding outside the platform decided"),
    }.get(code, code)


def forum_label(code: str) -> str:
    """Who decides outside the platform."""
    return {
        "court": gettext("Court"),
        "authority": gettext("Copyright authority"),
        "external_body": gettext("Out-of-court body"),
    }.get(code, code)


def step_details(step: Mapping[str, Any]) -> str:
    """What is told of a step beside its name, as one line."""
    colon, stop = gettext(": "), gettext("; ")
    comma = "、" if current_language() is Language.ZH else ", "
    told: list[tuple[str, str]] = []
    if "forum" in step:
        told.append((gettext("Before"), forum_label(step["forum"])))
    if "measure" in step:
        told.append((gettext("Measure"), measure_label(Measure(step["measure"]))))
    if step["step"] == "ruling_issued" and "outcome" in step:
        told.append((gettext("The first decision was"), ruling_label(step["outcome"])))
    if "availability" in step:
        told.append((gettext("The upload is then"), availability_label(step["availability"])))
    for name, title in (("elements", gettext("Supplied")), ("missing", gettext("Missing"))):
        if step.get(name):
            told.append((title, comma.join(_element(one) for one in step[name])))
    return stop.join(f"{title}{colon}{value}" for title, value in told)


def _element(code: str) -> str:
    known = {one.value: one for one in NoticeElement}
    return element_label(known[code]) if code in known else code


def regime_label(law: Law, code: str) -> str:
    """The name of a legal regime; one that is not there any more by its code."""
    regime = law.regimes.by_id.get(code)
    if regime is None:
        return code
    return regime.title.zh if current_language() is Language.ZH else regime.title.en


def local_day(text: str) -> date:
    """A day of the register."""
    return date.fromisoformat(text)
