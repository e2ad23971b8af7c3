"""What every refusal of the rules says to people, by its stable code, in the language of the page."""

from __future__ import annotations

from casework.domain.facts import Refused
from casework.views.language import gettext


def refusal_text(refused: Refused) -> str:
    """A sentence for a person; a code without a text of its own gets a general one."""
    said = _texts().get(refused.code) or gettext("This step is not possible now.")
    files = refused.details.get("files")
    return said if files is None else f"{said} {files}"


def refusal_codes() -> frozenset[str]:
    """The codes that have a text."""
    return frozenset(_texts())


def _texts() -> dict[str, str]:
    return {
        "against_order": gettext("An order in force says something else; nothing can be agreed against it."),
        "already_blocked": gettext("The upload is blocked already."),
        "already_deficient": gettext("What is missing has already been said; the time to complete it is running."),
        "already_delivered": gettext("The arrival of the counter-notice is already confirmed."),
        "already_marked": gettext("This lawful-use mark is already set."),
        "already_ruled": gettext("You have already submitted your ruling in this case."),
        "already_under_appeal": gettext("An appeal in this case is already open."),
        "appeals_suspended": gettext(
            "You may not lodge appeals here at present. Courts and authorities remain open to you."
        ),
        "calendar_unknown": gettext("The working days of that year are not known yet."),
        "checkpoint_unknown": gettext("No checkpoint of this size and root was ever signed here."),
        "comments_closed": gettext("The reviewers are chosen; nothing more can be added."),
        "cosignature_older": gettext("This witness has already signed a larger checkpoint."),
        "cosignature_wrong": gettext("The signature of this witness does not fit the checkpoint."),
        "counter_notice_incomplete": gettext(
            "The counter-notice lacks what the law asks for, so it cannot be accepted."
        ),
        "counter_notice_open": gettext("A counter-notice is already open."),
        "decided_before_opened": gettext("The proceeding cannot have been decided before it was opened."),
        "delivered_before_acceptance": gettext(
            "The counter-notice cannot have arrived before it was accepted and forwarded."
        ),
        "delivered_in_future": gettext("A delivery cannot be confirmed before it happened."),
        "element_not_required": gettext("The law that governs does not ask for this element."),
        "evidence_unknown": gettext("The ruling relies on evidence that is not part of this case."),
        "facts_sealed": gettext("The rest is public as soon as all rulings of the panels that sit now are in."),
        "further_review_withdrawn": gettext(
            "You took your request for a further review of this ruling back; you cannot ask for it again."
        ),
        "idempotency_key_reused": gettext("This Idempotency-Key was already used for a different request."),
        "in_the_future": gettext("This time lies in the future."),
        "licence_missing": gettext("State the licence that you grant."),
        "log_of_another": gettext("This checkpoint is of another log."),
        "mark_does_not_count": gettext(
            "Under the law and the standard that apply here, this mark does not make the use lawful."
        ),
        "marking_suspended": gettext("You may not set lawful-use marks at present."),
        "media_differs": gettext("Another file lies there, or the decision was made on another one."),
        "measure_not_allowed": gettext(
            "This measure is not allowed here: by the law, or because the use is presumed or was found lawful."
        ),
        "no_counter_notice_here": gettext("The law that governs knows no counter-notice; contest the measure instead."),
        "no_counter_notice_to_check": gettext("No counter-notice in this case waits for its check."),
        "no_delivery_due": gettext("No counter-notice was forwarded whose arrival could be confirmed."),
        "no_level_left": gettext("There is no further level of review."),
        "no_notice_to_check": gettext("No notice in this case waits for its check."),
        "no_open_appeal": gettext("There is no open appeal in this case."),
        "no_open_notice": gettext("There is no open notice in this case."),
        "no_open_warning": gettext("There is no open warning in this case."),
        "no_panel_due": gettext("This case does not wait for a panel."),
        "no_re_reviewer_due": gettext("This case does not wait for a third reviewer."),
        "no_review_open": gettext("No review of this case is open."),
        "no_ruling_due": gettext("No ruling is awaited in this case."),
        "no_seat_free": gettext("No seat is free in this case."),
        "no_wait": gettext("No wait for legal action is running in this case."),
        "not_assigned": gettext("You are not assigned to this case."),
        "not_implemented": gettext(
            "The decision of an external body changes the upload only where the platform implements it."
        ),
        "not_seated": gettext("This reviewer does not sit on the case."),
        "not_trusted": gettext("Only a trusted right holder can take this step."),
        "not_your_appeal": gettext("Only the side that lodged the appeal can withdraw it."),
        "not_your_step": gettext("This step belongs to another party of the case."),
        "nothing_decided": gettext("There is no ruling to review."),
        "nothing_missing": gettext("Nothing is missing that the law asks for."),
        "nothing_to_challenge": gettext(
            "There is no lawful use to challenge: the upload is not public on that ground."
        ),
        "nothing_to_contest": gettext("In the present state of the case no block or other measure can be contested."),
        "nothing_to_counter": gettext("There is no measure upon a notice to answer with a counter-notice."),
        "nothing_to_mark": gettext("A lawful-use mark cannot be set in the present state of the case."),
        "nothing_to_notify": gettext("The upload is not public, so there is nothing to give notice of."),
        "notice_incomplete": gettext("The notice lacks what the law asks for, so it cannot be accepted."),
        "notice_missing": gettext("The notice itself is missing."),
        "notice_open": gettext("A notice on this upload is already open."),
        "notices_suspended": gettext("You may not send notices at present."),
        "order_over": gettext("The order is over already."),
        "order_unknown": gettext("This case has no such order."),
        "pause_too_long": gettext("The wait may not stand still for so many working days in all."),
        "proceeding_decided": gettext("This outside proceeding has already ended."),
        "proceeding_unknown": gettext("This case has no such outside proceeding."),
        "reasons_missing": gettext("A ruling needs reasons."),
        "regime_not_chosen": gettext("The platform has not chosen yet which of the rules of law governs notices here."),
        "repeat_notice_barred": gettext(
            "This upload was restored at once upon a counter-notice; the law does not allow another notice on it."
        ),
        "review_open": gettext("A review of this case is still open."),
        "reviewer_barred": gettext("A conflict of interest or an earlier ruling bars this reviewer from the case."),
        "reviewer_has_ruled": gettext("This reviewer has already ruled; the ruling stays."),
        "reviewers_not_distinct": gettext("A panel needs different reviewers."),
        "segment_unknown": gettext("The appeal names a segment that the evidence does not have."),
        "sender_suspended": gettext("The sender may not send notices at present, so this one cannot be accepted."),
        "too_few_reviewers": gettext("There are too few reviewers who may sit on this case."),
        "too_many_files": gettext("No more files can be added."),
        "too_many_statements": gettext("No more statements can be added."),
        "truth_not_stated": gettext("You must state that what you say is true."),
        "upload_withdrawn": gettext("The upload was withdrawn; nothing more is decided about it."),
        "urgent_block_unknown": gettext("The law that applies here does not know an urgent block."),
        "urgent_measures_suspended": gettext("You may not ask for urgent measures at present."),
        "window_closed": gettext("The time for this step has ended."),
        "witness_unknown": gettext("Every signature beside that of the log must be of a witness known here."),
        **_of_ledgers(),
        **_of_samples(),
        **_of_screening(),
        **_of_fees_and_erasure(),
        **_of_filter_requests(),
        **_of_publishing(),
    }


def _of_ledgers() -> dict[str, str]:
    """Refusals beside the cases: of sanction ledgers, records of works and the platform's profile."""
    return {
        "already_appealed": gettext("An appeal against this suspension was already lodged."),
        "already_suspended": gettext("This is suspended already; wait for the end of the suspension."),
        "appeal_already_decided": gettext("This appeal is already decided."),
        "authority_decides": gettext("The status of a trusted flagger comes and goes by its authority; name it."),
        "bad_faith_found": gettext("Bad faith was found in this case, so no defence can be accepted."),
        "conduct_of_other_side": gettext("A party on this side cannot act in this way."),
        "effective_in_the_past": gettext("A profile cannot take effect in the past."),
        "factors_incoherent": gettext(
            "The factors do not fit together: the time looked at must lie in the past, with at least as many acts as"
            " cases."
        ),
        "good_faith_accepted": gettext("The defence of good faith was accepted in one of these cases."),
        "licence_unknown": gettext("There is no licence with this number."),
        "lost_case_alone": gettext(
            "A lost case alone is never abuse: at least two cases must count, or one with intention."
        ),
        "no_sanction_appeal": gettext("No appeal was lodged against this suspension."),
        "not_a_right_holder": gettext("Only right holders can be trusted in this way."),
        "not_a_trusted_flagger": gettext("This right holder is not a trusted flagger."),
        "not_assessed": gettext("No right is suspended before the conduct was assessed after the warning."),
        "not_warned": gettext("No right is suspended without a warning before."),
        "nothing_since_warning": gettext("The conduct must have gone on: name a case that the warning did not name."),
        "own_suspension": gettext("Somebody else must decide: you suspended this right yourself."),
        "period_wrong": gettext("The time must end after it begins, and not lie in the past."),
        "prior_review_already_requested": gettext("You have a request for this work that is not over."),
        "prior_review_answered": gettext("This request was already answered, withdrawn, or its time is over."),
        "prior_review_unknown": gettext("There is no request with this number."),
        "report_trusted_flagger": gettext(
            "A trusted flagger is reported to its authority; its right to send notices is not suspended."
        ),
        "right_not_concerned": gettext("This conduct does not concern that right."),
        "suspension_over": gettext("This suspension is over."),
        "suspension_period_wrong": gettext(
            "A suspension begins now or later, ends after it begins, and lasts at most 366 days."
        ),
        "suspension_unknown": gettext("There is no suspension with this number."),
    }


def _of_fees_and_erasure() -> dict[str, str]:
    """Refusals about fees and about the erasure of personal data."""
    return {
        "charge_unknown": gettext("There is no charge with this number."),
        "fee_item_unknown": gettext("The schedule in force has no item with this code."),
        "kept_until_past": gettext("The day until which the data are kept is over."),
        "no_schedule": gettext("No fee schedule is in force today."),
        "nothing_to_waive": gettext("Nothing is left of this charge that could be waived."),
        "schedule_not_after": gettext(
            "The schedule must take effect after every schedule that was published before; what was published is not"
            " edited."
        ),
        "schedule_not_ahead": gettext(
            "The schedule must take effect on a day to come: fees are published before they apply."
        ),
        "schedule_too_far": gettext(
            "The schedule must take effect within two years: until its day no other one could take its place."
        ),
        "waiver_too_large": gettext("More cannot be waived than is left of the charge."),
    }


def _of_screening() -> dict[str, str]:
    """Refusals about daily tallies of screening."""
    return {
        "tally_differs": gettext("Another number was recorded for this source, day and medium."),
        "tally_in_future": gettext("This day has not begun yet in the time zone of the reports."),
    }


def _of_filter_requests() -> dict[str, str]:
    """Refusals about filter requests."""
    return {
        "automatic_blocking_suspended": gettext("You may not have uploads filtered at present."),
        "element_not_on_list": gettext("The list for this kind of work does not ask for one of these elements."),
        "filter_request_answered": gettext("This filter request was already answered, withdrawn or ended."),
        "filter_request_incomplete": gettext(
            "The filter request lacks elements that the list for this kind of work asks for."
        ),
        "filter_request_open": gettext("You have a filter request for this work that is not over."),
        "nothing_asked_for": gettext("Name at least one element that is asked for."),
        "nothing_supplied": gettext("Supply at least one element of the list."),
        "ownership_found_false": gettext(
            "The work was found to belong to somebody else; the finding must be taken back before."
        ),
        "work_never_blocked": gettext("The work is on the no-block list: everybody may use it."),
    }


def _of_samples() -> dict[str, str]:
    """Refusals about audit samples."""
    return {
        "already_labelled": gettext("This case was labelled for your side already, and the first label stays."),
        "beacon_too_early": gettext(
            "The public beacon must have come out after the sample was announced; give its source and its time."
        ),
        "nothing_to_sample": gettext("No decision is in the population, so nothing can be drawn."),
        "sample_already_announced": gettext("This sample was announced in another way already."),
        "sample_already_drawn": gettext("This sample was drawn already, by another beacon."),
        "sample_closed": gettext("This sample is closed; no more labels are taken."),
        "sample_item_unknown": gettext("This case is not in the sample."),
        "sample_smaller_than_strata": gettext(
            "The sample has fewer cases than there are strata, so that one would be left out; announce a larger one."
        ),
        "sample_not_announced": gettext("This sample was never announced."),
        "sample_not_drawn": gettext("This sample was not drawn yet."),
        "sample_not_for_you": gettext("Your side does not label this sample."),
        "sample_period_wrong": gettext("The period must end after it begins."),
        "sample_plan_incoherent": gettext(
            "The design does not fit: a stratified one needs strata and an allocation, a weighted one a size, a simple"
            " one neither."
        ),
        "sample_reopens_not_yours": gettext("Only the platform can have cases decided anew."),
        "took_part_in_case": gettext("You took a step in this case yourself, so somebody else must label it."),
    }


def _of_publishing() -> dict[str, str]:
    """Refusals about the texts of reports and about their publication."""
    return {
        "already_published": gettext(
            "A report of this period is public already; propose this one as its correction, with reasons."
        ),
        "correction_not_later": gettext("A correction must count what was recorded by a later moment."),
        "correction_reasons_missing": gettext("A correction needs reasons in both languages."),
        "draft_open": gettext("A colleague's draft of this text waits; it has to be approved or declined first."),
        "draft_unknown": gettext("There is no such draft that waits."),
        "edition_not_latest": gettext("Only the latest report of a period can be corrected."),
        "narrative_language_missing": gettext("Some texts are not approved yet in both languages."),
        "not_your_proposal": gettext("Only whoever proposed a report can take the proposal back."),
        "proposal_open": gettext("A report of this period waits for a second officer already."),
        "proposal_unknown": gettext("There is no such proposal that waits."),
        "report_broken": gettext("The figures cannot be trusted now, so no report can be proposed."),
        "report_changes_missing": gettext(
            "What changes against the published report was not computed with these documents; make them again."
        ),
        "report_file_changed": gettext("A file is no longer the one that was proposed, so nothing is published."),
        "report_files_differ": gettext(
            "Files are missing or no longer as they were made; make the documents again. It concerns:"
        ),
        "report_language_missing": gettext("The documents must be there in both languages."),
        "report_not_ready": gettext("The documents of this report are not ready."),
        "second_officer_needed": gettext("Somebody else must agree: nobody approves their own proposal."),
        "text_empty": gettext("Write the text in at least one language."),
    }
