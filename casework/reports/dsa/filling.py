"""Fills the harmonised templates: blank where a row does not apply to a copyright filter, 0 where nothing happened.

What Casework handles is copyright, so the rows of all other content stay blank; a platform with further moderation adds
their numbers from elsewhere. The context columns say what a number includes wherever the template leaves it open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.numbers import Numbers
from casework.reports.dsa.particulars import MEMBER_STATES, OFFICIAL_LANGUAGES, Particulars
from casework.reports.dsa.sheets import PARTS, PERIOD_TO_FILL, REST, TEXTS_TO_FILL, Sheet, template, write_sheet
from casework.reports.figures.statistics import median_hours

OURS = ("TOTAL", words.COPYRIGHT_CATEGORY, words.COPYRIGHT_KEYWORD)
"""The rows by category that a copyright filter fills in."""

_VISIBLE = {
    "Visibility restriction Removal": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "Visibility restriction Disable": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "Visibility restriction Demoted": "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "Visibility restriction Age restricted": "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "Visibility restriction Interaction restricted": "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "Visibility restriction Labelled ": "DECISION_VISIBILITY_CONTENT_LABELLED",
    "Visibility restriction Other": "DECISION_VISIBILITY_OTHER",
}
_ITEMS_OF_ORDERS = (
    "Number of specific items of information included in the total number of orders to act against illegal content"
)
_COMPLAINTS = "Number of complaints submitted to the internal-complaints mechanism"
_NEW = "Number of restrictions newly imposed as a result of an internal complaint"
_ABOUT = "Complaint regarding a decision "
_VISIBILITY = f"{_ABOUT}to remove or disable access to or restrict visibility of information"
_NO_ACTION = f"{_ABOUT}not to take action on a notice submitted in accordance with Article 16"
_FLAGGED = f"{_ABOUT}not to take action on a notice submitted by a Trusted Flagger in accordance with Article 16"
_DISPUTES = "Number of disputes submitted to out-of-court dispute settlement bodies"
_FATES = {
    "Decisions upheld": "upheld",
    "Decisions partially reversed": "partially_reversed",
    "Decisions reversed": "reversed",
}
_CONTESTS = "Contests by uploaders of decisions that held, limited or blocked an upload."
_CHALLENGES = (
    "Challenges by right holders of decisions that left an upload public, with or without a notice before them; those"
    " of trusted flaggers are included."
)
Cells = Mapping[str, str]
"""What goes into a row, by name of the column."""


def filled(numbers: Numbers, particulars: Particulars) -> tuple[Sheet, ...]:
    """All eleven parts, in their order."""
    makers: Mapping[str, Callable[[Sheet, Numbers, Particulars], Sheet]] = {
        PARTS[0]: _summary,
        PARTS[1]: lambda sheet, _numbers, _particulars: sheet,
        PARTS[2]: _orders,
        PARTS[3]: _notices,
        PARTS[4]: _illegal,
        PARTS[5]: _incompatible,
        PARTS[6]: _appeals,
        PARTS[7]: _automated,
        PARTS[8]: _staff,
        PARTS[9]: _recipients,
        PARTS[10]: _texts,
    }
    return tuple(makers[name](template(name), numbers, particulars) for name in PARTS)


def write_templates(sheets: tuple[Sheet, ...], folder: Path) -> list[Path]:
    """Write the files into a folder, made if need be; their paths in order. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sheet in sheets:
        path = folder / sheet.file
        path.write_bytes(write_sheet(sheet))
        written.append(path)
    return written


def _filled(
    sheet: Sheet, numbers: Numbers, particulars: Particulars, cells_of: Callable[[dict[str, str]], Cells]
) -> Sheet:
    """Every row with service and period, and what ``cells_of`` says of it; what nobody fills in is blank."""
    period = f"{numbers.start.isoformat()}/{numbers.last.isoformat()}"
    rows = []
    for row in sheet.rows:
        blank = ["" if cell in TEXTS_TO_FILL else period if cell == PERIOD_TO_FILL else cell for cell in row]
        named = dict(zip(sheet.header, blank, strict=True))
        if "Service" in named:
            named["Service"] = particulars.service
        cells = cells_of(dict(zip(sheet.header, row, strict=True)))
        for name in cells:
            sheet.column(name)
        named |= cells
        rows.append(tuple(named[name] for name in sheet.header))
    return Sheet(sheet.name, sheet.header, tuple(rows))


def _summary(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    previous = particulars.previously_published
    values = {
        "Name of the service provider": particulars.provider,
        "Date of the publication of the report": particulars.published.isoformat(),
        "Date of the publication of the latest previous report": "" if previous is None else previous.isoformat(),
        "Starting date of reporting period": numbers.start.isoformat(),
        "Ending date of reporting period": numbers.last.isoformat(),
    }
    return _filled(sheet, numbers, particulars, lambda row: {"Value": values[row["Indicator"]]})


def _orders(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    given = particulars.orders
    of_members = numbers.family in ("EU", "DE")
    received = numbers.count("outside.orders.interim", "outside.orders.final") if of_members else None
    cells = {
        "Number of orders to act against illegal content received": _number(received),
        _ITEMS_OF_ORDERS: _number(received),
        "Median time to give effect to the order to act against illegal content": (
            _hours(median_hours(sorted(numbers.counted.to_effect))) if of_members else ""
        ),
        "Number of orders to provide information": _number(given.information),
        "Median time to inform the authority of the receipt of the order to provide information": _hours(
            given.median_receipt_h
        ),
        "Median time to give effect to the order to provide information": _hours(given.median_effect_h),
        "Contextual information on number of orders to act against illegal content received": (
            "Orders of courts and authorities on copyright; the issuing state is not told apart."
            if of_members
            else "The service works under the law of a country outside the Union; orders of its courts are not counted."
        ),
    }

    def cells_of(row: dict[str, str]) -> Cells:
        return cells if row["Category of illegal content"] in OURS and row["Scope"] == "TOTAL" else {}

    return _filled(sheet, numbers, particulars, cells_of)


def _notices(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    counted, trusted = numbers.counted, " (Trusted Flagger notices)"
    times = sorted([*counted.to_action[True], *counted.to_action[False]])
    items = "Number of specific items of information included in the total number of notices"
    by_law = "Number of actions taken on the basis of the law"
    by_terms = "Number of actions taken on the basis of the terms and conditions of the service"
    cells = {
        "Number of notices received ": _number(numbers.count("notices.received")),
        "Number of notices received from Trusted flaggers": _number(numbers.count("notices.by_trusted")),
        items: _number(numbers.count("notices.items")),
        f"{items} by Trusted Flaggers{trusted}": _number(counted.trusted_items),
        "Median time to take action": _hours(median_hours(times)),
        f"Median time to take action{trusted}": _hours(median_hours(sorted(counted.to_action[True]))),
        by_law: _number(counted.actions.total()),
        f"{by_law}{trusted}": _number(counted.actions[True]),
        by_terms: "0",
        f"{by_terms}{trusted}": "0",
        "Contextual information on Number of notices received from Trusted flaggers": (
            "Notices of trusted flaggers (Article 22) and of right holders whom the service trusts."
        ),
        "Contextual information on Median time to take action": (
            "Hours from receipt to the measure; notices without one are left out."
        ),
    }
    return _by_category(sheet, numbers, particulars, cells)


def _by_category(sheet: Sheet, numbers: Numbers, particulars: Particulars, cells: Cells) -> Sheet:
    """Our numbers in the row of copyright, of its category and of all content; other rows stay blank."""
    category = next(name for name in sheet.header if name.startswith("Category of "))
    return _filled(sheet, numbers, particulars, lambda row: cells if row[category] in OURS else {})


def _illegal(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    return _own_initiative(sheet, numbers, particulars, words.ILLEGAL)


def _incompatible(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    return _own_initiative(sheet, numbers, particulars, words.INCOMPATIBLE)


def _own_initiative(sheet: Sheet, numbers: Numbers, particulars: Particulars, ground: str) -> Sheet:
    counted = numbers.counted
    whole = sum(amount for (each, _kind), amount in counted.measures.items() if each == ground)
    cells = {
        "Number of measures taken at the provider's own initiative ": _number(whole),
        "Number of measures taken after detection with solely automated means ": _number(counted.machine_found[ground]),
        **{column: _number(counted.measures[ground, kind]) for column, kind in _VISIBLE.items()},
        "Contextual Information on Number of measures taken at the provider's own initiative ": (
            "Restrictions with a statement of reasons that no notice, order or outside decision led to; uploads that"
            " were restored and restricted again count again."
        ),
    }
    return _by_category(sheet, numbers, particulars, cells)


def _appeals(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    values = _appeal_values(numbers)
    told = {
        (_COMPLAINTS, "Total number"): (
            "Contests of uploaders and challenges of right holders. Decisions are those made in the period, on"
            " complaints of any period; what is still open is in no outcome row."
        ),
        (_VISIBILITY, "Total number"): _CONTESTS,
        (_NO_ACTION, "Total number"): _CHALLENGES,
        (_FLAGGED, "Total number"): "Included in the row on notices under Article 16; not told apart.",
        (_DISPUTES, "Total number"): (
            f"Of these, {numbers.count('outside.external_body.default')} were decided in the period by default, in no"
            " outcome row."
        ),
        (_DISPUTES, "Median time"): "Hours from the opening of a dispute to its decision.",
    }

    def cells_of(row: dict[str, str]) -> Cells:
        key = (row["Indicator"], row["Scope"])
        return {"Value": values.get(key, ""), "Contextual Information": told.get(key, "")}

    return _filled(sheet, numbers, particulars, cells_of)


def _appeal_values(numbers: Numbers) -> dict[tuple[str, str], str]:
    parties = {_COMPLAINTS: ("uploader", "right_holder"), _VISIBILITY: ("uploader",), _NO_ACTION: ("right_holder",)}
    kinds = {"uploader": "contest", "right_holder": "challenge"}
    values: dict[tuple[str, str], str] = {}
    for indicator, of in parties.items():
        values[indicator, "Total number"] = _number(numbers.count(*(f"appeals.{one}.received" for one in of)))
        for scope, fate in _FATES.items():
            values[indicator, scope] = _number(numbers.count(*(f"appeals.{one}.decided.{fate}" for one in of)))
        values[indicator, "Median time"] = _hours(numbers.median(*(kinds[one] for one in of)))
    both = parties[_COMPLAINTS]
    values[_COMPLAINTS, "Decision omitted"] = _number(numbers.count(*(f"appeals.{one}.omitted" for one in both)))
    values[_NEW, "Total number"] = _number(numbers.count(*(f"appeals.{one}.new_restrictions" for one in both)))
    values |= _dispute_values(numbers)
    suspended = "Number of suspensions enacted for the provision of manifestly unfounded"
    values[f"{suspended} notices", "Total number"] = _number(numbers.count("abuse.suspensions.notices.right_holder"))
    complaints = numbers.count("abuse.suspensions.appeals.uploader", "abuse.suspensions.appeals.right_holder")
    values[f"{suspended} complaints", "Total number"] = _number(complaints)
    return values


def _dispute_values(numbers: Numbers) -> dict[tuple[str, str], str]:
    body = "outside.external_body"
    return {
        (_DISPUTES, "Total number"): _number(numbers.count(f"{body}.opened")),
        **{(_DISPUTES, scope): _number(numbers.count(f"{body}.{fate}")) for scope, fate in _FATES.items()},
        (_DISPUTES, "Median time"): _hours(numbers.median("external_body")),
        (_DISPUTES, "Decision omitted"): _number(numbers.count(f"{body}.omitted")),
        (_DISPUTES, "Percentage of outcomes implemented"): _fraction(numbers.implemented_share),
    }


def _automated(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    counted = numbers.counted
    solely, without = (
        "Number of measures solely taken by automated means ",
        "Number of measures not taken by automated means",
    )
    by_machine, by_people = (
        "Number of notices solely processed by automated means ",
        "Number of notices not processed by automated means",
    )
    own = {degree: counted.automation[words.VOLUNTARY, degree] for degree in words.AUTOMATION}
    every = {
        degree: sum(n for (_, one), n in counted.automation.items() if one == degree) for degree in words.AUTOMATION
    }
    values = {
        (solely, "Total number"): _number(every[words.FULLY]),
        (without, "Total number"): _number(every[words.NOT_AUTOMATED]),
        (solely, "Own-initiative "): _number(own[words.FULLY]),
        (without, "Own-initiative "): _number(own[words.NOT_AUTOMATED]),
        (by_machine, "NAM Total"): "0",
        (by_people, "NAM Total"): _number(counted.decided.total()),
        (by_machine, "NAM Trusted Flagger"): "0",
        (by_people, "NAM Trusted Flagger"): _number(counted.decided[True]),
    }
    for name in ("Accuracy", "Precision", "Recall"):
        for scope in ("Total number", "Own-initiative "):
            share = _fraction(numbers.share(f"audit.{name.lower()}"))
            values[f"Accuracy of the automated means - {name}", scope] = share
    told = "Estimated from audit samples drawn by chance, against the labels of people; blank without a sample."

    def cells_of(row: dict[str, str]) -> Cells:
        key = (row["Indicator"], row["Scope"])
        context = told if "Accuracy" in row["Indicator"] and key in values else ""
        if key == (solely, "Total number"):
            context = "Measures that machines and people made together are in neither row."
        return {"Value": values.get(key, ""), "Contextual Information": context}

    return _filled(sheet, numbers, particulars, cells_of)


def _staff(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    staff = particulars.staff if particulars.very_large else None
    if staff is None:
        return _filled(sheet, numbers, particulars, lambda _row: {})
    sheet = _spread(sheet, OFFICIAL_LANGUAGES)
    totals = {
        "Number of internal moderators employed by the provider": staff.internal,
        "Number of external moderators contracted by the provider": staff.external,
        "Number of total moderators with sufficient linguistic expertise ": staff.linguistic,
    }

    def cells_of(row: dict[str, str]) -> Cells:
        of_all = row["Scope"] == "Total number"
        return {"Value": _number(totals[row["Indicator"]] if of_all else staff.languages.get(row["Scope"], 0))}

    return _filled(sheet, numbers, particulars, cells_of)


def _recipients(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    recipients = particulars.recipients if particulars.very_large else None
    if recipients is None:
        return _filled(sheet, numbers, particulars, lambda _row: {})

    def cells_of(row: dict[str, str]) -> Cells:
        scope = row["Scope"]
        return {"Value": _number(recipients.total if scope == "TOTAL" else recipients.states.get(scope, 0))}

    return _filled(_spread(sheet, MEMBER_STATES), numbers, particulars, cells_of)


def _spread(sheet: Sheet, scopes: tuple[str, ...]) -> Sheet:
    """The row that stands for all further languages or states, once for each of them."""
    place, rows = sheet.column("Scope"), []
    for row in sheet.rows:
        between = [scope for scope in scopes if scope not in {one[place] for one in sheet.rows}]
        rows += [(*row[:place], one, *row[place + 1 :]) for one in between] if row[place] in REST else [row]
    return Sheet(sheet.name, sheet.header, tuple(rows))


_TEXTS = (
    "summary", "information", "automated_means", "accuracy", "purposes", "safeguards", "governance", "qualifications",
    "training", "support", "methodology",
)  # fmt: skip
"""The rows of part 11, in their order."""


def _texts(sheet: Sheet, numbers: Numbers, particulars: Particulars) -> Sheet:
    texts = {
        row[sheet.column("Indicator")]: getattr(particulars.qualitative, name) or ""
        for row, name in zip(sheet.rows, _TEXTS, strict=True)
    }

    def cells_of(row: dict[str, str]) -> Cells:
        applies = particulars.very_large or row["Applicability"] != "Only for VLOPs"
        return {"Value": texts[row["Indicator"]] if applies else ""}

    return _filled(sheet, numbers, particulars, cells_of)


def _number(value: int | None) -> str:
    """A count: digits alone; blank for what does not apply."""
    return "" if value is None else str(value)


def _hours(value: Decimal | None) -> str:
    """A median in hours; blank where nothing was finished."""
    return "" if value is None else f"{value.normalize():f}"


_fraction = _hours
"""A share as a fraction of 1; blank where there is nothing to divide by."""
