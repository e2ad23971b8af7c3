"""The figures ``screening``: how much the filter looked at, as the platform reports it day by day."""

from __future__ import annotations

from collections.abc import Mapping

from casework.domain.screening.events import ScreeningTallyRecorded
from casework.domain.values import Medium
from casework.reports.figures.building import broken_down, cells_of, counted, share
from casework.reports.figures.statistics import ratio
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words

_READS = (ScreeningTallyRecorded,)
_MEDIA = tuple(medium.value for medium in Medium)


def _rates(inputs: Inputs) -> Mapping[str, Value]:
    screened, matched = inputs.cells("screening.screened"), inputs.cells("screening.matched")
    found = {medium: (matched.get(medium, 0), screened.get(medium, 0)) for medium in _MEDIA}
    return {medium: Value(ratio(part, whole), part, whole) for medium, (part, whole) in found.items()}


SCREENING: tuple[Figure, ...] = (
    counted(
        "screening.screened",
        "screening.screened",
        Scope.FLOW,
        _READS,
        Words("Uploads screened", "经筛查的上传内容"),
        Words(
            "Uploads that the filter looked at, by the platform's own daily tallies of the days of the period. An "
            "upload in which nothing was found leaves no case, so these tallies rest on the platform's word alone.",
            "过滤系统检查过的上传内容数，取自平台就报告期内各日自行申报的每日统计。"
            "未发现匹配的上传内容不产生案件，因此该数仅以平台申报为据。",
        ),
    ),
    broken_down(
        "screening.screened_by_medium.{medium}",
        cells_of("screening.screened"),
        Scope.FLOW,
        _READS,
        Words("Uploads screened by medium", "按媒介划分的经筛查上传内容"),
        Words("The uploads screened, by their medium.", "经筛查的上传内容，按媒介划分。"),
        cells=_MEDIA,
        parent="screening.screened",
    ),
    counted(
        "screening.matched",
        "screening.matched",
        Scope.FLOW,
        _READS,
        Words("Uploads matched", "发现匹配的上传内容"),
        Words(
            "Of the uploads screened, those in which the filter found a work, by the same tallies. One upload can "
            "match several works and then leads to several decisions.",
            "经筛查的上传内容中，过滤系统发现权利作品的数量，取自同一统计。"
            "同一上传内容可匹配多件作品，从而产生多项决定。",
        ),
    ),
    broken_down(
        "screening.matched_by_medium.{medium}",
        cells_of("screening.matched"),
        Scope.FLOW,
        _READS,
        Words("Uploads matched by medium", "按媒介划分的发现匹配的上传内容"),
        Words("The uploads matched, by their medium.", "发现匹配的上传内容，按媒介划分。"),
        cells=_MEDIA,
        parent="screening.matched",
    ),
    share(
        "screening.match_rate",
        ("screening.matched",),
        "screening.screened",
        Scope.FLOW,
        _READS,
        Words("Match rate", "匹配率"),
        Words("Uploads matched divided by uploads screened.", "发现匹配的上传内容除以经筛查的上传内容。"),
        interval=False,
    ),
    Figure(
        "screening.match_rate_by_medium.{medium}",
        Words("Match rate by medium", "按媒介划分的匹配率"),
        Words("The match rate of each medium.", "各媒介的匹配率。"),
        Unit.SHARE,
        Scope.FLOW,
        _READS,
        measures=_rates,
        dimension="medium",
        cells=_MEDIA,
        parts=("screening.matched_by_medium.{medium}",),
        whole="screening.screened_by_medium.{medium}",
    ),
)
