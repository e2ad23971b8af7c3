"""Why there is no preview of a file, in words for people."""

from __future__ import annotations

from casework.views.language import gettext


def preview_problem_label(code: str) -> str:
    """The reason behind "could not be prepared"; a code without words of its own gets general ones."""
    return {
        "undecodable": gettext("the file is damaged, or of a kind that cannot be played here"),
        "no_sound": gettext("the file is damaged, or of a kind that cannot be played here"),
        "no_picture": gettext("the file is damaged, or of a kind that cannot be played here"),
        "too_long": gettext("it is too long"),
        "too_large": gettext("it is too large"),
        "too_much_memory": gettext("it is too large"),
        "timeout": gettext("it took too long"),
        "decoder_missing": gettext("the program that decodes files is missing on the server"),
        "no_preview": gettext("there is no preview of this kind of file"),
        "not_located": gettext("it is not known which part of it was matched"),
        "tampered": gettext("what was stored is not what was put there"),
    }.get(code, gettext("something went wrong on the server"))
