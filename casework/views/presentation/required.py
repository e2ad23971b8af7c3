"""The one sentence on what this person must do next, and by when; or who is next (ux.md, habit 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from casework.domain.case.events import AppealWithdrawn, PartiesSettled, WarningAnswered, WarningLapsed
from casework.domain.case.notice_events import NoticeLapsed, NoticeRejected, NoticeWithdrawn
from casework.domain.case.state import AppealKind, Procedure
from casework.domain.facts import Event, Role
from casework.domain.values import Availability
from casework.views.formatting import format_datetime, format_time_left
from casework.views.labels import ruling_meaning
from casework.views.language import gettext
from casework.views.presentation.standing import PARTIES, Standing


@dataclass(frozen=True, slots=True)
class RequiredAction:
    """What this person must do next and by when, or who is next. ``kind`` as in ``required_action`` of the components.

    ``step`` is the step of the API that the sentence speaks of, for a link to its form.
    """

    sentence: str
    detail: str = ""
    kind: str = "other"
    step: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the sentence, when, and in which zone its times are told."""

    role: Role
    now: datetime
    zone: tzinfo

    def by(self, due: datetime) -> str:
        """The absolute time with its zone, and what is left of it."""
        return deadline_text(due, self.now, self.zone)

    def at(self, moment: datetime) -> str:
        """The absolute time with its zone."""
        return format_datetime(moment, self.zone, zone=True)


def deadline_text(due: datetime, now: datetime, zone: tzinfo) -> str:
    """The absolute time with its zone, and what is left of it."""
    return gettext("%(moment)s (%(left)s)") % {
        "moment": format_datetime(due, zone, zone=True),
        "left": format_time_left(due, now),
    }


def required_action(standing: Standing, role: Role, now: datetime, zone: tzinfo) -> RequiredAction:
    """The one sentence for an uploader, a right holder, or staff (any other role)."""
    found = _required(standing, Reader(role, now, zone))
    if standing.ordered is None or standing.withdrawn:
        return found
    told = gettext("A binding order from outside decides what the public sees, whatever is decided here.")
    return replace(found, detail=joined(found.detail, told))


def joined(first: str, second: str) -> str:
    """Two sentences with what stands between sentences in the language of the page; either may be empty."""
    if not first or not second:
        return first or second
    return gettext("%(first)s %(second)s") % {"first": first, "second": second}


def _required(standing: Standing, reader: Reader) -> RequiredAction:
    if standing.withdrawn:
        return RequiredAction(gettext("The upload was withdrawn; nothing more is decided about it."), "", "done")
    urgent = _own_notice_clock(standing, reader)
    if urgent is not None:
        return urgent
    if standing.under_appeal:
        return _during_appeal(standing, reader)
    if standing.in_prior_review:
        return _during_prior_review(standing, reader)
    if standing.procedure in _ON_NOTICES and standing.notice is not None:
        return _ON_NOTICES[standing.procedure](standing, reader)
    if standing.procedure is Procedure.DECIDED:
        return _after_ruling(standing, reader)
    if standing.procedure is Procedure.CLOSED:
        return _closed(standing)
    if reader.role is Role.UPLOADER:
        return _uploader_first(standing, reader)
    if reader.role is Role.RIGHT_HOLDER:
        return _right_holder_first(standing, reader)
    return RequiredAction(gettext("Nothing to do: no appeal is open in this case."), now_public(standing), "done")


def now_public(standing: Standing) -> str:
    """What the public sees of the upload."""
    return {
        Availability.PUBLIC: gettext("The upload is public."),
        Availability.PUBLIC_LIMITED: gettext("The upload is public with limits."),
        Availability.BLOCKED: gettext("The upload is blocked."),
        Availability.HELD: gettext("The upload is held back until people have looked at it."),
        Availability.WITHDRAWN: gettext("The upload was withdrawn."),
    }[standing.availability]


# Before anybody appealed ---------------------------------------------------------------------------------------------


def _uploader_first(standing: Standing, reader: Reader) -> RequiredAction:
    if standing.grace_until is not None and reader.now < standing.grace_until:
        sentence = gettext(
            "Your upload was public before it was found, so it stays public until %(deadline)s. If the use is lawful, "
            "mark it by then; otherwise it is blocked."
        ) % {"deadline": reader.by(standing.grace_until)}
        return RequiredAction(sentence, gettext("You can also contest the block to come."), "mine", "marks")
    if standing.procedure in (Procedure.PRESUMED_INFRINGING, Procedure.RESTRICTED):
        if reader.now >= standing.contest_until:
            sentence = gettext("The time to contest the block has ended.")
            detail = gettext("You can still mark a lawful use, or go to court.")
            return RequiredAction(sentence, detail, "overdue", "marks")
        sentence = gettext("If the block is wrong, mark the use as lawful or contest the block by %(deadline)s.") % {
            "deadline": reader.by(standing.contest_until)
        }
        detail = gettext("If you agree with the block, you need do nothing.")
        return RequiredAction(sentence, detail, "mine", "contests")
    if standing.procedure is Procedure.WARNING:
        sentence = gettext("You need do nothing now: your upload is public.")
        detail = gettext("The right holder can see the match. You can mark the use as lawful now.")
        return RequiredAction(sentence, detail, "other", "marks")
    sentence = gettext("You need do nothing: your upload is public.")
    if standing.availability is not Availability.PUBLIC:
        sentence = gettext("You need do nothing now.")
        return RequiredAction(sentence, now_public(standing), "done")
    if standing.procedure is Procedure.CLEARED or reader.now >= standing.challenge_until:
        return RequiredAction(sentence, "", "done")
    detail = gettext("The right holder may challenge this until %(moment)s. You would be told and heard.") % {
        "moment": reader.at(standing.challenge_until)
    }
    return RequiredAction(sentence, detail, "done")


def _right_holder_first(standing: Standing, reader: Reader) -> RequiredAction:
    if standing.procedure in (Procedure.PRESUMED_LAWFUL, Procedure.MARKED_LAWFUL):
        if reader.now >= standing.challenge_until:
            sentence = gettext("Nothing to do: the time to challenge this use has ended.")
            return RequiredAction(sentence, now_public(standing), "done")
        sentence = gettext("If this use is not lawful, challenge it by %(deadline)s.") % {
            "deadline": reader.by(standing.challenge_until)
        }
        return RequiredAction(sentence, gettext("If you accept the use, you need do nothing."), "mine", "challenges")
    if standing.procedure is Procedure.WARNING:
        return _warned(standing, reader)
    if standing.procedure is Procedure.PRESUMED_INFRINGING and standing.grace_until is not None:
        sentence = gettext("Nothing to do: unless the uploader marks it, the upload is blocked at %(moment)s.") % {
            "moment": reader.at(standing.grace_until)
        }
        return RequiredAction(sentence, now_public(standing), "done")
    if standing.procedure in (Procedure.PRESUMED_INFRINGING, Procedure.RESTRICTED):
        sentence = gettext("Nothing to do: the upload is blocked.")
        if standing.availability is not Availability.BLOCKED:
            sentence = gettext("Nothing to do now.")
        detail = gettext("The uploader may contest the block until %(moment)s. You would be told and heard.") % {
            "moment": reader.at(standing.contest_until)
        }
        return RequiredAction(sentence, detail if reader.now < standing.contest_until else "", "done")
    return RequiredAction(gettext("Nothing to do: this use of your work was cleared."), now_public(standing), "done")


def _warned(standing: Standing, reader: Reader) -> RequiredAction:
    until = standing.warning_until
    if until is None or reader.now >= until:
        sentence = gettext("The time to answer this warning has ended.")
        return RequiredAction(sentence, gettext("You can still send a notice."), "other", "notices")
    sentence = gettext("Answer the warning by %(deadline)s: send a notice, tolerate the use, or license it.") % {
        "deadline": reader.by(until)
    }
    detail = gettext("Without an answer the warning lapses, and the upload stays public.")
    return RequiredAction(sentence, detail, "mine", "warning-answers")


# A notice and what follows from it -----------------------------------------------------------------------------------


def _own_notice_clock(standing: Standing, reader: Reader) -> RequiredAction | None:
    """What the notice line wants of this reader within days, whatever the main line wants; ``None`` for nothing."""
    notice = standing.notice
    if notice is None or notice.ended:
        return None
    if reader.role is Role.RIGHT_HOLDER and notice.cure_until is not None and reader.now < notice.cure_until:
        sentence = gettext("Your notice is incomplete. Complete it by %(deadline)s.") % {
            "deadline": reader.by(notice.cure_until)
        }
        return RequiredAction(sentence, gettext("Otherwise it lapses without an effect."), "mine", "notices")
    until = notice.counter_cure_until
    if reader.role is Role.UPLOADER and until is not None and reader.now < until:
        sentence = gettext("Your counter-notice is incomplete. Complete it by %(deadline)s.") % {
            "deadline": reader.by(until)
        }
        detail = gettext("Otherwise it lapses and the measure stays; you could send a new one.")
        return RequiredAction(sentence, detail, "mine", "counter-notices")
    if reader.role is Role.RIGHT_HOLDER and notice.stage is Procedure.WAITING:
        return _right_holder_waits(standing, reader)
    return None


def _right_holder_waits(standing: Standing, reader: Reader) -> RequiredAction:
    notice = standing.notice
    if notice is None or notice.wait_until is None:
        sentence = gettext("The uploader answered with a counter-notice. Confirm that it has reached you.")
        detail = gettext("The wait for legal action begins with its arrival. You can report legal action already now.")
        return RequiredAction(sentence, detail, "mine", "deliveries")
    sentence = gettext("Go to court or to the authority and report it here by %(deadline)s, or the measure ends.") % {
        "deadline": reader.by(notice.wait_until)
    }
    detail = gettext("If you accept the counter-notice, you need do nothing.")
    return RequiredAction(sentence, detail, "mine", "legal-actions")


def _notice_check(standing: Standing, reader: Reader) -> RequiredAction:
    if reader.role is Role.RIGHT_HOLDER:
        sentence = gettext("You need do nothing now: the platform checks your notice.")
        return RequiredAction(sentence, gettext("You are told the result with its reasons."))
    sentence = gettext("A right holder sent a notice. A person checks it; nothing has changed for the upload yet.")
    if reader.role is not Role.UPLOADER:
        return RequiredAction(sentence, now_public(standing))
    detail = gettext("If a measure follows, you get the notice and can answer with a counter-notice.")
    return RequiredAction(sentence, joined(now_public(standing), detail))


def _measure_taken(standing: Standing, reader: Reader) -> RequiredAction:
    restricted = standing.availability is not Availability.PUBLIC
    if reader.role is not Role.UPLOADER:
        sentence = gettext("Nothing to do: the notice was accepted and forwarded to the uploader.")
        return RequiredAction(sentence, now_public(standing), "done")
    if not restricted:
        sentence = gettext("You need do nothing: a notice was accepted, but your upload stays public.")
        return RequiredAction(sentence, gettext("You may still answer with a counter-notice."), "done")
    if standing.notice is not None and standing.notice.countered is False:
        sentence = gettext("If the measure is wrong, contest it by %(deadline)s.") % {
            "deadline": reader.by(standing.contest_until)
        }
        return RequiredAction(sentence, now_public(standing), "mine", "contests")
    sentence = gettext("If the measure is wrong, answer the notice with a counter-notice.")
    detail = gettext("Beside it, or in its place, you may contest the measure until %(moment)s.") % {
        "moment": reader.at(standing.contest_until)
    }
    return RequiredAction(
        sentence, detail if reader.now < standing.contest_until else now_public(standing), "mine", "counter-notices"
    )


def _counter_check(standing: Standing, reader: Reader) -> RequiredAction:
    if reader.role is Role.UPLOADER:
        sentence = gettext("You need do nothing now: the platform checks your counter-notice.")
    else:
        sentence = gettext("The uploader answered with a counter-notice. The platform checks it before you get it.")
    return RequiredAction(sentence, now_public(standing))


def _waiting(standing: Standing, reader: Reader) -> RequiredAction:
    """For uploaders and staff; what the right holder must do stands above."""
    until = None if standing.notice is None else standing.notice.wait_until
    if until is None:
        sentence = gettext("You need do nothing now: the right holder is to confirm that the counter-notice arrived.")
        detail = gettext("The wait for legal action begins with the arrival; then its end stands here.")
        return RequiredAction(sentence, detail)
    if reader.now >= until:
        sentence = gettext("The wait has ended; the measure is being taken back.")
        return RequiredAction(sentence, now_public(standing))
    sentence = gettext("The upload returns at %(deadline)s, unless the right holder reports legal action before.") % {
        "deadline": reader.by(until)
    }
    return RequiredAction(sentence, gettext("You need do nothing now."))


def _stayed(standing: Standing, reader: Reader) -> RequiredAction:
    sentence = gettext("Legal action was reported, so the measure stays until a court or an authority has decided.")
    detail = gettext("Tell the platform as soon as there is a decision; a contest here remains possible.")
    return RequiredAction(sentence, detail if reader.role in PARTIES else now_public(standing))


def _restored(standing: Standing, reader: Reader) -> RequiredAction:
    sentence = gettext("Nothing to do: the measure upon the notice has ended.")
    return RequiredAction(sentence, now_public(standing), "done")


_ON_NOTICES = {
    Procedure.NOTICE_CHECK: _notice_check,
    Procedure.MEASURE_TAKEN: _measure_taken,
    Procedure.COUNTER_CHECK: _counter_check,
    Procedure.WAITING: _waiting,
    Procedure.STAYED: _stayed,
    Procedure.RESTORED: _restored,
}


# While people decide, and after --------------------------------------------------------------------------------------


def _during_prior_review(standing: Standing, reader: Reader) -> RequiredAction:
    due = standing.review_due
    if standing.availability is not Availability.HELD:
        sentence = gettext("People still look at the upload, which was published meanwhile.")
        return RequiredAction(sentence, gettext("You need do nothing now.") if reader.role in PARTIES else "")
    if due is not None and reader.now >= due:
        sentence = gettext("The review before publication is late: it was due by %(deadline)s.") % {
            "deadline": reader.by(due)
        }
        detail = gettext("The delay was escalated inside the platform.")
        return RequiredAction(sentence, detail, "overdue")
    sentence = (
        gettext("You need do nothing now: people look at your upload before it is published.")
        if reader.role is Role.UPLOADER
        else gettext("Nothing to do now: people look at the upload before it is published.")
    )
    detail = "" if due is None else gettext("They have until %(deadline)s.") % {"deadline": reader.by(due)}
    return RequiredAction(sentence, detail)


def _during_appeal(standing: Standing, reader: Reader) -> RequiredAction:
    due = standing.ruling_due
    next_up = _who_is_next(standing, reader)
    if due is not None and reader.now >= due:
        sentence = gettext("The ruling is late: it was due by %(deadline)s.") % {"deadline": reader.by(due)}
        detail = joined(next_up, gettext("The delay was escalated inside the platform."))
        return RequiredAction(sentence, detail, "overdue")
    by = "" if due is None else reader.by(due)
    answer = _answer_wanted(standing, reader, by)
    if answer is not None:
        return answer
    sentence = gettext("%(next)s The ruling is due by %(due)s.") % {"next": next_up, "due": by}
    if reader.role not in PARTIES:
        return RequiredAction(sentence)
    if standing.offered_by in PARTIES and standing.offered_by is not reader.role:
        detail = gettext("The other side offers to settle: see its offer below.")
        return RequiredAction(sentence, detail, step="settlements")
    if standing.comments_open:
        detail = gettext("You need do nothing now. Both sides can add statements and files until reviewers are chosen.")
        return RequiredAction(sentence, detail, step="statements")
    return RequiredAction(sentence, gettext("You need do nothing now."))


def _answer_wanted(standing: Standing, reader: Reader, due: str) -> RequiredAction | None:
    """Whether the reader is the side that has not been heard yet."""
    lodger = standing.lodged_by
    if lodger is None:
        lodger = Role.UPLOADER if standing.appeal is AppealKind.CONTEST else Role.RIGHT_HOLDER
    until = standing.comments_until
    may_answer = standing.comments_open and until is not None and reader.now < until
    if reader.role not in PARTIES or reader.role is lodger or not may_answer or reader.role in standing.commented:
        return None
    assert until is not None  # noqa: S101 - narrowed by may_answer
    if lodger not in PARTIES:
        told = gettext("The case was reopened. Say by %(deadline)s what you think, if you wish to be heard.")
    elif standing.level > 1:
        told = gettext("The other side asked for a further review. Answer by %(deadline)s, if you wish to be heard.")
    elif reader.role is Role.UPLOADER:
        told = gettext("The right holder challenges your use. Answer by %(deadline)s, if you wish to be heard.")
    else:
        told = gettext("The uploader contests the block. Answer by %(deadline)s, if you wish to be heard.")
    detail = gettext("Comments end sooner if the reviewers are chosen sooner. The ruling is due by %(due)s.")
    return RequiredAction(told % {"deadline": reader.by(until)}, detail % {"due": due}, "mine", "statements")


def _who_is_next(standing: Standing, reader: Reader) -> str:
    if standing.procedure is Procedure.ADJUDICATION:
        until = standing.comments_until
        if until is not None and reader.now < until:
            text = gettext("Both sides may comment until %(deadline)s at the latest; then two reviewers are chosen.")
            return text % {"deadline": reader.by(until)}
        return gettext("Two reviewers are being chosen.")
    if standing.procedure is Procedure.PANEL:
        return gettext("Two reviewers decide, apart from one another.")
    return gettext("The two reviewers did not agree; a third one decides.")


def _after_ruling(standing: Standing, reader: Reader) -> RequiredAction:
    kind = "" if standing.appeal is None else standing.appeal.value
    outcome = "" if standing.ruling is None else standing.ruling.value
    sentence = gettext("The case is decided. %(meaning)s") % {"meaning": ruling_meaning(kind, outcome)}
    if reader.role not in PARTIES:
        return RequiredAction(sentence, "", "done")
    detail = gettext("You need do nothing. You may still go to court or to the copyright authority.")
    may_ask = standing.further_until is not None and reader.role not in standing.took_back
    if may_ask and standing.further_until is not None and reader.now < standing.further_until:
        more = gettext("If the ruling is wrong, you may ask for a further review until %(moment)s.") % {
            "moment": reader.at(standing.further_until)
        }
        return RequiredAction(sentence, joined(more, detail), "done", "further-reviews")
    return RequiredAction(sentence, detail, "done")


def _closed(standing: Standing) -> RequiredAction:
    texts: dict[type[Event] | None, str] = {
        AppealWithdrawn: gettext("Nothing to do: the appeal was withdrawn and the case is closed."),
        PartiesSettled: gettext("Nothing to do: both sides settled and the case is closed."),
        WarningAnswered: gettext("Nothing to do: the right holder answered the warning and lets the use stand."),
        WarningLapsed: gettext("Nothing to do: the warning lapsed and the case is closed."),
        NoticeRejected: gettext("Nothing to do: the notice was rejected and the case is closed."),
        NoticeLapsed: gettext("Nothing to do: the notice was not completed in time and has no effect."),
        NoticeWithdrawn: gettext("Nothing to do: the notice was withdrawn and the case is closed."),
    }
    sentence = texts.get(standing.closed_by) or gettext("Nothing to do: the case is closed.")
    return RequiredAction(sentence, now_public(standing), "done")
