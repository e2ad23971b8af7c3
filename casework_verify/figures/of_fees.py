"""The figures ``fees`` and ``personal_data``."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from casework_verify import statistics
from casework_verify.fees import SMALLEST_PARTS
from casework_verify.figures.sheet import Counting, Sheet


def fees(counting: Counting, sheet: Sheet) -> None:
    """What was asked, charged and waived, each currency apart."""
    period = counting.period
    for schedule in counting.known.fees.in_force(period.start, period.end):
        for code, fee in schedule.fees.items():
            cell = f"{schedule.day.isoformat()}/{code}/{fee.currency}"
            sheet.put("fees.schedule.{scheduled_fee}", statistics.six_places(fee.amount), cell=cell)
    for name in ("charged", "waived"):
        found = counting.happened.get(f"fees.{name}", Counter())
        amounts = counting.happened.get(f"fees.{name}_amount", Counter())
        sheet.put(f"fees.{name}", sum(found.values()))
        sheet.cells(f"fees.{name}_by_item.{{fee}}", found)
        for cell in found:
            amount = statistics.six_places(Fraction(amounts[cell], SMALLEST_PARTS))
            sheet.put(f"fees.{name}_amount.{{fee}}", amount, cell=cell)


def personal_data(counting: Counting, sheet: Sheet) -> None:
    """Requests that personal data be erased."""
    for name in ("erasure_requests", "erased", "refused"):
        sheet.put(f"personal_data.{name}", counting.times(f"personal_data.{name}"))
