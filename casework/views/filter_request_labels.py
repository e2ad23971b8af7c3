"""What the codes of filter requests say to people: elements with what to give of each, stages, reasons."""

from __future__ import annotations

from casework.views.language import gettext


def element_label(code: str) -> str:
    """An element of the published list."""
    return {
        "authorship_credit": gettext("Credit of the author or maker"),
        "chain_of_title": gettext("Chain of title"),
        "release_licence": gettext("Release or screening licence"),
        "recording_number": gettext("Number of the recording"),
        "publication_record": gettext("Record of the publication"),
        "original_file": gettext("Original file"),
        "organiser_agreement": gettext("Agreement with the organiser"),
        "licence_territory_term": gettext("Territory and term of the licence"),
        "sample": gettext("Sample of the work"),
        "audio_features": gettext("Audio features"),
        "core_scenes": gettext("Core scenes"),
        "character_images": gettext("Images of characters"),
        "other_names": gettext("Other names of the work"),
        "yardsticks": gettext("Yardsticks"),
    }.get(code, code)


def element_hint(code: str) -> str:
    """What to give of an element."""
    return {
        "authorship_credit": gettext("Where the work itself names you: credits, imprint, cover, signature."),
        "chain_of_title": gettext("The contracts that lead from the author to you, with their dates."),
        "release_licence": gettext("Its number, its date and who gave it."),
        "recording_number": gettext("The international number of the recording, and of the release."),
        "publication_record": gettext("Publisher, date, and the number of the book or article."),
        "original_file": gettext("Where the file as made lies, with its metadata or digest."),
        "organiser_agreement": gettext("With whom, of what date, for which event."),
        "licence_territory_term": gettext("Where and until when you may show the event."),
        "sample": gettext("Where the file lies and its digest, or its id with the matching engine."),
        "audio_features": gettext("Theme, voices, instruments, tempo: what it is recognised by when it is changed."),
        "core_scenes": gettext("The scenes that clips are made of, with their times."),
        "character_images": gettext("Who is to be seen, and where pictures lie."),
        "other_names": gettext("Short forms, aliases, and the code names that are used to evade a filter."),
        "yardsticks": gettext("From when on a use counts for you. Give at least one."),
    }.get(code, "")


def field_label(name: str) -> str:
    """A field beside the elements."""
    return {
        "title": gettext("Full title"),
        "release_date": gettext("Day of release"),
        "cast": gettext("Cast"),
        "short_forms": gettext("Short forms of the title"),
        "aliases": gettext("Aliases"),
        "code_names": gettext("Code names used to evade a filter"),
        "infringing_seconds": gettext("Seconds of the work in one video"),
        "account_seconds": gettext("Seconds of the work over all uploads of an account"),
        "frame_share": gettext("Share of the picture"),
        "account_uploads": gettext("Uploads of one account"),
        "repeat_infringers": gettext("Accounts that are known to infringe again and again"),
    }.get(name, element_label(name))


def request_stage_label(code: str) -> str:
    """How far a request is."""
    return {
        "check": gettext("Complete, waits for its check"),
        "incomplete": gettext("Incomplete"),
        "active": gettext("Active"),
        "rejected": gettext("Rejected"),
        "withdrawn": gettext("Withdrawn"),
        "ownership_false": gettext("Ownership found false"),
    }.get(code, code)


def request_stage_kind(code: str) -> str:
    """The kind of its status tag."""
    return {
        "check": "waiting",
        "incomplete": "warning",
        "active": "lawful",
        "rejected": "infringing",
        "ownership_false": "infringing",
    }.get(code, "closed")


def rejection_label(code: str) -> str:
    """Why a request is rejected."""
    return {
        "warning_letter_only": gettext("A warning letter only"),
        "ownership_not_shown": gettext("Ownership is not shown"),
        "work_not_identifiable": gettext("The work cannot be recognised"),
        "work_not_protected": gettext("The work is not protected"),
        "misleading": gettext("What is said is misleading"),
    }.get(code, code)


def why_warning_letter() -> str:
    """Why a bare warning letter starts no filtering (product.md B2)."""
    return gettext(
        "Title, day of release and cast alone say neither whose work it is nor what an upload could be compared with."
        " A filter on a name would hold back reviews and news as well. File another request with proof of ownership and"
        " material to recognise the work by."
    )


def step_label(name: str) -> str:
    """A fact of a request in its history."""
    return {
        "received": gettext("Filter request received"),
        "found_incomplete": gettext("Found incomplete"),
        "supplemented": gettext("More was supplied"),
        "completed": gettext("All that was lacking was supplied"),
        "accepted": gettext("Accepted: uploads are compared with the work"),
        "rejected": gettext("Rejected"),
        "withdrawn": gettext("Withdrawn by the right holder"),
        "ownership_found_false": gettext("Ownership found false: the filter is off"),
    }.get(name, name)
