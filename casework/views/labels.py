"""The words that people read in place of the codes of the domain, in the language of the page.

Every function takes a code as events, rows and standards carry it. A code that is not known stands as it is, so that a
page about an old case never fails. Terms are those of the glossary.
"""

from __future__ import annotations

from casework.domain.case.bases import BASIS_NAMES
from casework.domain.case.state import AppealKind
from casework.domain.facts import Role
from casework.domain.regimes.regimes import ShareOf
from casework.domain.standard.standard import Standard
from casework.domain.values import EXCEPTIONS, Rule, RulingOutcome
from casework.views.formatting import format_amount, format_percent
from casework.views.language import Language, current_language, gettext


def procedure_label(code: str) -> str:
    """Where a case stands, in a few words; outcomes of filtering decisions have the same codes."""
    return {
        "cleared": gettext("Cleared"),
        "presumed_lawful": gettext("Presumed lawful"),
        "marked_lawful": gettext("Marked as lawful"),
        "warning": gettext("Infringement warning"),
        "presumed_infringing": gettext("Presumed infringing"),
        "prior_review": gettext("Prior human review"),
        "restricted": gettext("Restricted"),
        "notice_check": gettext("Notice being checked"),
        "measure_taken": gettext("Measure taken upon a notice"),
        "counter_check": gettext("Counter-notice being checked"),
        "waiting": gettext("Waiting for legal action"),
        "stayed": gettext("Legal action reported, measure stays"),
        "restored": gettext("Restored"),
        "adjudication": gettext("Both sides may comment"),
        "panel": gettext("With the reviewers"),
        "re_review": gettext("In re-review"),
        "decided": gettext("Decided"),
        "closed": gettext("Closed without a ruling"),
    }.get(code, code)


outcome_label = procedure_label


def tag_kind(procedure: str) -> str:
    """The kind of ``status_tag`` that goes with a procedure state or an outcome."""
    return {
        "cleared": "lawful",
        "presumed_lawful": "lawful",
        "marked_lawful": "lawful",
        "warning": "warning",
        "presumed_infringing": "infringing",
        "prior_review": "waiting",
        "restricted": "infringing",
        "notice_check": "waiting",
        "measure_taken": "infringing",
        "counter_check": "waiting",
        "waiting": "waiting",
        "stayed": "waiting",
        "restored": "lawful",
        "decided": "closed",
        "closed": "closed",
    }.get(procedure, "open")


def availability_label(code: str) -> str:
    """What the public sees of the upload."""
    return {
        "held": gettext("Held back before publication"),
        "public": gettext("Public"),
        "public_limited": gettext("Public with limits"),
        "blocked": gettext("Blocked"),
        "withdrawn": gettext("Withdrawn"),
    }.get(code, code)


def medium_label(code: str) -> str:
    """What kind of content the upload is."""
    return {
        "text": gettext("Text"),
        "audio": gettext("Audio"),
        "image": gettext("Image"),
        "video": gettext("Video"),
    }.get(code, code)


def work_kind_label(code: str) -> str:
    """What kind of work is protected."""
    return {
        "text": gettext("Text"),
        "music": gettext("Music"),
        "film": gettext("Film"),
        "series": gettext("Series"),
        "sports_event": gettext("Sports event"),
        "image": gettext("Image"),
        "other_audiovisual": gettext("Other audiovisual work"),
    }.get(code, code)


def method_label(code: str) -> str:
    """How the match was found."""
    return {
        "hash": gettext("The files are the same (comparison of checksums)"),
        "metadata": gettext("Descriptions that belong to the file"),
        "keyword": gettext("Names and keywords"),
        "fingerprint": gettext("Comparison of the content itself (fingerprint)"),
    }.get(code, code)


def track_label(code: str) -> str:
    """What of the upload was looked at."""
    return {
        "text": gettext("Its text"),
        "sound": gettext("Its sound"),
        "picture": gettext("Its moving pictures"),
        "image": gettext("The image"),
        "file": gettext("The whole file"),
        "title": gettext("Its name"),
    }.get(code, code)


def signal_kind_label(code: str) -> str:
    """What a signal of a commercial use is about."""
    return {
        "advertising": gettext("Advertising"),
        "monetisation": gettext("Monetisation"),
        "uploader_type": gettext("Kind of uploader"),
    }.get(code, code)


def side_label(role: str) -> str:
    """Who acts, without a name."""
    return {
        Role.MATCHER.value: gettext("Platform"),
        Role.UPLOADER.value: gettext("Uploader"),
        Role.RIGHT_HOLDER.value: gettext("Right holder"),
        Role.INTAKE.value: gettext("Platform"),
        Role.REVIEWER.value: gettext("Reviewers"),
        Role.COMPLIANCE.value: gettext("Platform"),
        Role.CLOCK.value: gettext("Platform"),
    }.get(role, gettext("Platform"))


def appeal_label(kind: str) -> str:
    """The name of the appeal: of the uploader, or of the right holder."""
    return {
        AppealKind.CONTEST.value: gettext("Contest by the uploader"),
        AppealKind.CHALLENGE.value: gettext("Challenge by the right holder"),
    }.get(kind, kind)


def basis_label(code: str) -> str:
    """Why a use is said to be lawful; provisions of article 24 too."""
    return {
        "statutory_exception": gettext("Fair use (the law allows it)"),
        "licensed": gettext("I have permission (licence)"),
        "public_domain": gettext("The work is in the public domain"),
        "own_work": gettext("It is my own work"),
    }.get(code) or legal_basis_label(code)


def legal_basis_label(code: str) -> str:
    """A basis of a ruling, such as ``CN_ART24_02`` or ``LICENSED``; also grounds of other decisions."""
    if code in BASIS_NAMES:
        name = BASIS_NAMES[code]
        return name.zh if current_language() is Language.ZH else name.en
    return {
        "NO_EXCEPTION": gettext("No statutory exception applies"),
        "NO_LICENCE": gettext("No licence"),
        "DE_MINIMIS": gettext("De-minimis use"),
        "COMMERCIAL_USE": gettext("Commercial use"),
        "DE_URHDAG_14_4": gettext("Urgent block of a trusted right holder (UrhDaG, s. 14(4))"),
    }.get(code, code)


def provision_label(code: str) -> str:
    """A lawful use of article 24 in a few words, with its number."""
    return legal_basis_label(code) if code in EXCEPTIONS else code


def provision_text(code: str) -> str:
    """What the provision covers, in plain words of our own; the law's text counts."""
    return {
        "CN_ART24_01": gettext("You use a published work only for yourself, to learn, research or enjoy it."),
        "CN_ART24_02": gettext(
            "You quote a fitting part of a published work to introduce it, review it or make a point."
        ),
        "CN_ART24_03": gettext("A report on current events cannot avoid showing or quoting a published work."),
        "CN_ART24_04": gettext(
            "A newspaper, broadcaster or similar medium carries an article of another medium on current political, "
            "economic or religious questions, unless its author has objected."
        ),
        "CN_ART24_05": gettext(
            "A newspaper, broadcaster or similar medium carries a speech given at a public gathering, unless its "
            "author has objected."
        ),
        "CN_ART24_06": gettext(
            "A published work is translated, adapted, compiled, played or copied in small numbers for teaching in a "
            "classroom or for research, by teachers or researchers, and is not distributed."
        ),
        "CN_ART24_07": gettext("A state organ uses a published work as far as its official duties need it."),
        "CN_ART24_08": gettext(
            "A library, archive, memorial hall, museum, gallery or cultural centre copies a work of its own "
            "collection to show or preserve it."
        ),
        "CN_ART24_09": gettext(
            "A published work is performed free of charge: the audience pays nothing, the performers are not paid, "
            "and nobody makes a profit."
        ),
        "CN_ART24_10": gettext("You draw, photograph or film a work of art that stands in a public place."),
        "CN_ART24_11": gettext(
            "A published work by a Chinese author in the common national language is translated into the language of "
            "an ethnic minority and published in China."
        ),
        "CN_ART24_12": gettext(
            "A published work is offered in a form that people with print disabilities can perceive, such as Braille "
            "or audio description."
        ),
        "CN_ART24_13": gettext("Another law or administrative regulation allows this use. Say which one."),
    }.get(code, "")


def contest_ground_label(code: str) -> str:
    """Why the uploader says that the block is wrong."""
    return {
        "statutory_exception": gettext("Fair use: the law allows this use"),
        "licensed": gettext("I have permission to use the work"),
        "public_domain": gettext("The work is in the public domain"),
        "own_work": gettext("It is my own work"),
        "misidentification": gettext("My upload does not contain this work"),
        "wrong_share": gettext("The share was measured wrongly"),
        "other": gettext("Another reason"),
    }.get(code, code)


def contest_ground_hint(code: str) -> str:
    """What helps the reviewers with this ground."""
    return {
        "statutory_exception": gettext("Say what you used it for, how much you needed, and how you named the author."),
        "licensed": gettext("Say who gave you permission, when and for what. Add the licence or the messages."),
        "public_domain": gettext("Say who made the work and when, or why it was never protected."),
        "own_work": gettext("Say how you made it. Drafts, originals or project files help."),
        "misidentification": gettext("Say what your upload shows at the places that the table above lists."),
        "wrong_share": gettext("Say which segments do not match, or how long the matching parts really are."),
        "other": gettext("Say in your own words why the block is wrong."),
    }.get(code, "")


def challenge_ground_label(code: str) -> str:
    """Why the right holder says that the use is not lawful."""
    return {
        "no_exception": gettext("No statutory exception covers the use"),
        "no_licence": gettext("There is no licence"),
        "not_public_domain": gettext("The work is not in the public domain"),
        "not_own_work": gettext("It is not the uploader's own work"),
        "commercial_use": gettext("The use is commercial"),
        "wrong_share": gettext("The share was measured wrongly"),
        "other": gettext("Another reason"),
    }.get(code, code)


def challenge_ground_hint(code: str) -> str:
    """What helps the reviewers with this ground."""
    return {
        "no_exception": gettext("Say which condition of the exception is missing."),
        "no_licence": gettext("Say who could have given a licence and that nobody did."),
        "not_public_domain": gettext("Say when the author died or when the work was first published."),
        "not_own_work": gettext("Say how the work came about and where it was published first."),
        "commercial_use": gettext("Say by what you see it: advertising, sale, sponsorship."),
        "wrong_share": gettext("Say which parts of the upload the match has missed."),
        "other": gettext("Say in your own words why the use is not lawful."),
    }.get(code, "")


def ground_label(kind: str, code: str) -> str:
    """The ground of an appeal of this kind."""
    return contest_ground_label(code) if kind == AppealKind.CONTEST.value else challenge_ground_label(code)


def ruling_label(code: str) -> str:
    """What a ruling does with the platform's first decision."""
    return {
        RulingOutcome.UPHELD.value: gettext("Upheld"),
        RulingOutcome.PARTIALLY_REVERSED.value: gettext("Partially reversed"),
        RulingOutcome.REVERSED.value: gettext("Reversed"),
    }.get(code, code)


def ruling_meaning(kind: str, code: str) -> str:
    """What the ruling means for the upload, in one sentence."""
    return {
        ("contest", "upheld"): gettext("The block was right. The upload stays blocked."),
        ("contest", "partially_reversed"): gettext("The block was partly wrong. The upload is public with limits."),
        ("contest", "reversed"): gettext("The block was wrong. The upload is public again."),
        ("challenge", "upheld"): gettext("The use may stay. The upload remains public."),
        ("challenge", "partially_reversed"): gettext("The use is partly unlawful. The upload is public with limits."),
        ("challenge", "reversed"): gettext("The use is not lawful. The upload is blocked."),
    }.get((kind, code), "")


def prior_review_meaning(code: str) -> str:
    """What the ruling at the end of a review before publication means for the upload."""
    return {
        "upheld": gettext("The upload stays unpublished."),
        "partially_reversed": gettext("The upload is published with limits."),
        "reversed": gettext("The upload is published as presumed lawful."),
    }.get(code, code)


def factor_label(name: str) -> str:
    """One of the four fair-use factors of a ruling."""
    return {
        "purpose": gettext("Purpose of the use"),
        "nature": gettext("Nature of the work"),
        "amount": gettext("Amount used"),
        "market": gettext("Effect on the market"),
    }.get(name, name)


def file_refusal_text(code: str, name: str, limit: str) -> str:
    """Why a file was not taken; ``name`` as sent, ``limit`` the most bytes in words."""
    reasons = {
        "empty": gettext("“%(name)s” is empty"),
        "too_large": gettext("“%(name)s” is larger than %(limit)s"),
        "wrong_type": gettext("The content of “%(name)s” is not what its name says"),
        "encrypted": gettext("“%(name)s” is encrypted; send it without a password"),
        "unsafe_name": gettext("“%(name)s” has a name that cannot be kept; give it another one"),
        "undecodable": gettext("“%(name)s” is damaged or in an unknown encoding"),
        "unsupported": gettext(
            "“%(name)s” is of a kind that is not taken here; send PDF, text, pictures, sound or video"
        ),
        "unreadable": gettext("“%(name)s” could not be read"),
    }
    text = reasons.get(code, gettext("“%(name)s” was not taken"))
    return text % {"name": name, "limit": limit}


def rule_name(rule: Rule) -> str:
    """The rule in a few words."""
    return {
        Rule.ORDER: gettext("Order of a court or authority"),
        Rule.NO_BLOCK: gettext("No-block list or licence"),
        Rule.PRIOR_REVIEW: gettext("Prior human review"),
        Rule.MARKED: gettext("Marked as lawful"),
        Rule.DE_MINIMIS: gettext("De-minimis use"),
        Rule.OVERLAP_LIMIT: gettext("Small overlap"),
        Rule.NAME_ONLY: gettext("Only a name matched"),
        Rule.BAND_LOW: gettext("Lower band"),
        Rule.BAND_MIDDLE: gettext("Middle band"),
        Rule.BAND_HIGH: gettext("Upper band"),
    }[rule]


def rule_text(rule: Rule, standard: Standard) -> str:
    """What the rule says under this standard, in a sentence or two that a layperson understands."""
    bands, small, limits = standard.bands, standard.de_minimis, (standard.bands.low, standard.bands.high)
    places = {
        "low": format_percent(bands.low, limits=limits, trim=True),
        "high": format_percent(bands.high, limits=limits, trim=True),
        "seconds": format_amount(small.seconds, "seconds"),
        "characters": format_amount(small.characters, "characters"),
        "bytes": format_amount(small.bytes, "bytes"),
    }
    texts = {
        Rule.ORDER: gettext("A binding order of a court or an authority covers the upload. What it says is done."),
        Rule.NO_BLOCK: gettext("The work is free for everybody, or a recorded licence covers the use: published."),
        Rule.PRIOR_REVIEW: gettext(
            "The work is time-sensitive or at risk of heavy loss: people look before it is published."
        ),
        Rule.MARKED: gettext("The uploader has marked the use as lawful: published. No machine blocks it."),
        Rule.DE_MINIMIS: gettext(
            "Not commercial, and at most %(seconds)s of audio or video, %(characters)s of text or %(bytes)s of an "
            "image: published as presumed lawful, at any share."
        ),
        Rule.OVERLAP_LIMIT: gettext("Only a small part of the work is used: published as presumed lawful."),
        Rule.NAME_ONLY: gettext(
            "Only a title or keyword matches, not the content: published, the right holder is told."
        ),
        Rule.BAND_LOW: gettext("%(low)s of the upload or less comes from the work: published as presumed lawful."),
        Rule.BAND_MIDDLE: gettext(
            "More than %(low)s and less than %(high)s of the upload comes from the work: published, and the right "
            "holder gets the match data and may send a notice."
        ),
        Rule.BAND_HIGH: gettext("%(high)s of the upload or more comes from the work: blocked as presumed infringing."),
    }
    if standard.share_of is ShareOf.WORK:
        texts |= _of_the_work()
    return texts[rule] % places + _only_within(rule, standard)


def _of_the_work() -> dict[Rule, str]:
    """The bands where the standard measures the work."""
    return {
        Rule.BAND_LOW: gettext("%(low)s of the work or less is used: published as presumed lawful."),
        Rule.BAND_MIDDLE: gettext(
            "More than %(low)s and less than %(high)s of the work is used: published, and the right holder gets the "
            "match data and may send a notice."
        ),
        Rule.BAND_HIGH: gettext("%(high)s of the work or more is used: blocked as presumed infringing."),
    }


def _only_within(rule: Rule, standard: Standard) -> str:
    """Within which share of the work a small or marked use is presumed lawful, where the standard says so."""
    presumption = standard.presumption
    if presumption is None or rule not in (Rule.MARKED, Rule.DE_MINIMIS):
        return ""
    share = format_percent(presumption.less_than, trim=True)
    if rule is Rule.MARKED:
        said = gettext("A statutory exception counts only if less than %(share)s of the work is used.")
    else:
        said = gettext("This counts only if less than %(share)s of the work is used.")
    return (" " if current_language() is Language.EN else "") + said % {"share": share}
