"""The figures ``fees``: what the platform asks, what it charged, what it waived; currencies are never added up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from casework.domain.fees.events import FeeCharged, FeeSchedulePublished, FeeWaived
from casework.domain.fees.values import PLACES
from casework.reports.figures.building import broken_down, cells_of, counted
from casework.reports.figures.values import Figure, Inputs, Measures, Scope, Unit, Value, Words

_SINCE = 2
_SCHEDULE = (FeeSchedulePublished,)
_CHARGES = (FeeCharged,)
_WAIVERS = (FeeWaived,)


def _schedule(inputs: Inputs) -> Mapping[str, Value]:
    """Every fee of a schedule that was in force on some day of the period, by the day of its schedule."""
    days = inputs.extract.standing.get("fees.schedule", {})
    first = inputs.extract.start.toordinal()
    begun = max((day for day in days if day <= first), default=first)
    found: dict[str, Value] = {}
    for day in sorted(days):
        if day >= begun:
            for cell in sorted(days[day]):
                item, _, amount = cell.rpartition("|")
                found[f"{date.fromordinal(day).isoformat()}/{item}"] = Value(Decimal(amount))
    return found


def _amounts(counter: str) -> Measures:
    """The money behind a counter, by the same cells."""

    def measure(inputs: Inputs) -> Mapping[str, Value]:
        amounts = inputs.cells(f"{counter}_amount")
        return {cell: Value(Decimal(amounts.get(cell, 0)).scaleb(-PLACES)) for cell in sorted(inputs.cells(counter))}

    return measure


FEES: tuple[Figure, ...] = (
    Figure(
        "fees.schedule.{scheduled_fee}",
        Words("Fees as published", "已公布的收费标准"),
        Words(
            "What one unit of each item costs, in the currency of the cell, by every schedule in force on a day of the "
            "period; the cell begins with the day from which the schedule holds. A schedule is published before that "
            "day and never edited.",
            "各收费项目每一单位的金额，币种见分项名称，涵盖报告期内任一日有效的全部收费表；分项名称以收费表生效日开头。"
            "收费表在生效日之前公布，公布后不作修改。",
        ),
        Unit.AMOUNT,
        Scope.STATE,
        _SCHEDULE,
        measures=_schedule,
        dimension="scheduled_fee",
        since=_SINCE,
    ),
    counted(
        "fees.charged",
        "fees.charged",
        Scope.FLOW,
        _CHARGES,
        Words("Charges", "收费笔数"),
        Words("How often a fee was charged, whatever was waived of it.", "收费的次数，不论其后是否减免。"),
        since=_SINCE,
    ),
    broken_down(
        "fees.charged_by_item.{fee}",
        cells_of("fees.charged"),
        Scope.FLOW,
        _CHARGES,
        Words("Charges by item and currency", "按项目与币种划分的收费笔数"),
        Words("The charges, by item of the schedule and currency.", "收费笔数，按收费项目与币种划分。"),
        parent="fees.charged",
        since=_SINCE,
    ),
    Figure(
        "fees.charged_amount.{fee}",
        Words("Amounts charged by item and currency", "按项目与币种划分的收费金额"),
        Words(
            "The sum of the charges, each quantity times fee, in the currency of the cell, before anything was waived. "
            "Masked where the number of the charges is.",
            "各笔收费之和，每笔为数量乘以单价，币种见分项名称，为减免之前的金额。收费笔数被遮蔽时金额亦予遮蔽。",
        ),
        Unit.AMOUNT,
        Scope.FLOW,
        _CHARGES,
        measures=_amounts("fees.charged"),
        dimension="fee",
        whole="fees.charged_by_item.{fee}",
        since=_SINCE,
    ),
    counted(
        "fees.waived",
        "fees.waived",
        Scope.FLOW,
        _WAIVERS,
        Words("Waivers", "减免笔数"),
        Words(
            "How often a charge of any time was waived, in whole or in part.",
            "对收费（不限何时收取）予以全部或部分减免的次数。",
        ),
        since=_SINCE,
    ),
    broken_down(
        "fees.waived_by_item.{fee}",
        cells_of("fees.waived"),
        Scope.FLOW,
        _WAIVERS,
        Words("Waivers by item and currency", "按项目与币种划分的减免笔数"),
        Words("The waivers, by item of the charge and currency.", "减免笔数，按收费项目与币种划分。"),
        parent="fees.waived",
        since=_SINCE,
    ),
    Figure(
        "fees.waived_amount.{fee}",
        Words("Amounts waived by item and currency", "按项目与币种划分的减免金额"),
        Words(
            "What need not be paid, in the currency of the cell. Masked where the number of the waivers is.",
            "无须支付的金额，币种见分项名称。减免笔数被遮蔽时金额亦予遮蔽。",
        ),
        Unit.AMOUNT,
        Scope.FLOW,
        _WAIVERS,
        measures=_amounts("fees.waived"),
        dimension="fee",
        whole="fees.waived_by_item.{fee}",
        since=_SINCE,
    ),
)
