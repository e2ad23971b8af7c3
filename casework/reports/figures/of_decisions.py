"""The figures ``decisions``, ``filtering`` and ``marks`` of the registry, with their definitions."""

from __future__ import annotations

from collections.abc import Sequence

from casework.domain.case.events import (
    CaseReopened,
    ChallengeLodged,
    ContestLodged,
    DeadlinePassed,
    FilteringDecisionRecorded,
    GraceExpired,
    LawfulUseMarked,
    MeasureSuspended,
    PartiesSettled,
    RulingIssued,
    RulingSubmitted,
    UrgentBlockDeclared,
)
from casework.domain.case.notice_events import CounterNoticeAccepted, NoticeAccepted, WaitExpired
from casework.domain.case.outside_events import OrderLifted, OrderReceived, OutsideProceedingDecided
from casework.domain.decision import OUTCOMES, RULES
from casework.domain.values import MarkBasis, Measure, Medium, Method
from casework.reports.figures.building import broken_down, cells_of, counted, decimal_value, number, share
from casework.reports.figures.statistics import hours, median_hours
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models.figures_facts import BANDS, CHALLENGE, CONTEST, UNKNOWN_BAND
from casework.views.models.figures_path import CAUSES

_DECIDED = (FilteringDecisionRecorded,)
_RESTRICTED = (FilteringDecisionRecorded, GraceExpired)
REVERSED = (
    *_RESTRICTED,
    ContestLodged,
    RulingIssued,
    CaseReopened,
    CounterNoticeAccepted,
    WaitExpired,
    OutsideProceedingDecided,
    OrderReceived,
    OrderLifted,
    DeadlinePassed,
)
PASSED_THEN = (
    FilteringDecisionRecorded,
    ChallengeLodged,
    UrgentBlockDeclared,
    MeasureSuspended,
    RulingIssued,
    PartiesSettled,
    NoticeAccepted,
    OrderReceived,
)
OUTCOME_CELLS = tuple(dict.fromkeys(outcome.value for outcome in OUTCOMES.values()))
RULE_CELLS = tuple(rule.value for rule in RULES)
BAND_CELLS = (*BANDS, UNKNOWN_BAND)


def _decisions_by(dimension: str, part: str, cells: tuple[str, ...], label: Words, definition: Words) -> Figure:
    return broken_down(
        f"decisions.{part}.{{{dimension}}}",
        cells_of(f"decisions.{part}"),
        Scope.COHORT,
        _DECIDED,
        label,
        definition,
        cells=cells,
        parent="decisions.total",
    )


def _wrongly_blocked(inputs: Inputs) -> Sequence[int]:
    return inputs.extract.values.get("filtering.wrongly_blocked", ())


DECISIONS: tuple[Figure, ...] = (
    counted(
        "decisions.total",
        "decisions.total",
        Scope.COHORT,
        _DECIDED,
        Words("Filtering decisions", "过滤决定"),
        Words(
            "Filtering decisions whose decided_at lies in the period.",
            "decided_at 在报告期内的过滤决定数。",
        ),
    ),
    _decisions_by(
        "outcome",
        "by_outcome",
        OUTCOME_CELLS,
        Words("Decisions by outcome", "按结果划分的决定"),
        Words("Decisions of the period by what they said.", "报告期内的决定，按决定内容划分。"),
    ),
    _decisions_by(
        "rule",
        "by_rule",
        RULE_CELLS,
        Words("Decisions by rule", "按规则划分的决定"),
        Words(
            "Decisions of the period by the rule of the standard that decided them.",
            "报告期内的决定，按作出决定所依据的标准规则划分。",
        ),
    ),
    _decisions_by(
        "medium",
        "by_medium",
        tuple(medium.value for medium in Medium),
        Words("Decisions by medium", "按媒介划分的决定"),
        Words("Decisions of the period by the medium of the upload.", "报告期内的决定，按上传内容的媒介划分。"),
    ),
    _decisions_by(
        "method",
        "by_method",
        tuple(method.value for method in Method),
        Words("Decisions by matching method", "按比对方法划分的决定"),
        Words("Decisions of the period by how the match was found.", "报告期内的决定，按发现匹配的方法划分。"),
    ),
    _decisions_by(
        "engine",
        "by_engine",
        (),
        Words("Decisions by matching engine", "按比对引擎划分的决定"),
        Words(
            "Decisions of the period by matching engine and its version.",
            "报告期内的决定，按比对引擎及其版本划分。",
        ),
    ),
    _decisions_by(
        "standard",
        "by_standard",
        (),
        Words("Decisions by filtering standard", "按过滤标准划分的决定"),
        Words("Decisions of the period by the standard applied.", "报告期内的决定，按所适用的过滤标准划分。"),
    ),
    _decisions_by(
        "band",
        "by_share_band",
        BAND_CELLS,
        Words("Decisions by share of the upload", "按占上传内容比例划分的决定"),
        Words(
            "Decisions of the period by the share of the upload that comes from the work, in tenths: each cell from "
            "its lower limit up to but not including its upper one, the last one including 100 %. Hits on a name alone "
            "have no share.",
            "报告期内的决定，按来自权利作品的部分占上传内容的比例以十分之一为一档划分：各档含下限不含上限，末档含100%。"
            "仅名称命中的没有比例。",
        ),
    ),
)

FILTERING: tuple[Figure, ...] = (
    counted(
        "filtering.restrictions",
        "filtering.restrictions",
        Scope.COHORT,
        _DECIDED,
        Words("Restrictions", "限制措施"),
        Words(
            "Decisions of the period that themselves held, limited or blocked the upload: at once, or when a grace for "
            "what was public already ran out, as of T.",
            "报告期内由决定本身暂缓发布、限制或拦截上传内容的决定数：立即生效的，或截至T已公开内容的宽限期届满而生效的。",
        ),
    ),
    broken_down(
        "filtering.restrictions_by_share_band.{band}",
        cells_of("filtering.restrictions"),
        Scope.COHORT,
        _DECIDED,
        Words("Restrictions by share of the upload", "按占上传内容比例划分的限制措施"),
        Words(
            "The restrictions in the same tenths as decisions.by_share_band.",
            "限制措施，档次同 decisions.by_share_band。",
        ),
        cells=BAND_CELLS,
        parent="filtering.restrictions",
    ),
    counted(
        "filtering.reversed",
        "filtering.reversed",
        Scope.COHORT,
        REVERSED,
        Words("Restrictions reversed", "被撤销的限制措施"),
        Words(
            "Restrictions of the period that stand reversed in full or in part as of T. The latest word counts: of a "
            "ruling at any level, of the platform when it reopened the case, of the law when a counter-notice brought "
            "the upload back; and before all these, of a court or authority, or of an external body whose decision was "
            "implemented. A settlement, a mark, a missed deadline or the withdrawal of an appeal is no reversal.",
            "报告期内的限制措施中，截至T已被全部或部分撤销的数量，以最近者为准：任何一级的裁决、平台重新审理、反通知依法使内容恢复；"
            "法院或主管部门的决定以及已执行的外部机构决定优先于上述各项。和解、标记、逾期或撤回申诉均不属撤销。",
        ),
    ),
    broken_down(
        "filtering.reversed_by_cause.{cause}",
        cells_of("filtering.reversed_by"),
        Scope.COHORT,
        REVERSED,
        Words("Reversals by cause", "按原因划分的撤销"),
        Words(
            "What reversed the restriction: a ruling on a contest; the review before publication, which released the "
            "upload; a counter-notice; an external body; a court or authority; the platform itself by reopening.",
            "撤销限制措施的原因：申诉裁决；放行上传内容的事前审查；反通知；外部机构；法院或主管部门；平台自行重新审理。",
        ),
        cells=CAUSES,
        parent="filtering.reversed",
    ),
    broken_down(
        "filtering.reversed_by_share_band.{band}",
        cells_of("filtering.reversed"),
        Scope.COHORT,
        REVERSED,
        Words("Reversals by share of the upload", "按占上传内容比例划分的撤销"),
        Words(
            "The restrictions reversed, in the same tenths as decisions.by_share_band.",
            "被撤销的限制措施，档次同 decisions.by_share_band。",
        ),
        cells=BAND_CELLS,
        parent="filtering.reversed",
    ),
    share(
        "filtering.error_rate_lower_bound",
        ("filtering.reversed",),
        "filtering.restrictions",
        Scope.COHORT,
        REVERSED,
        Words("Wrong restrictions, lower bound", "错误限制率（下限）"),
        Words(
            "Restrictions reversed divided by restrictions. Errors that nobody appealed are invisible to it: the true "
            "rate is at least as high.",
            "被撤销的限制措施除以限制措施。无人申诉的错误不在其中：实际比率不低于此数。",
        ),
        interval=False,
    ),
    counted(
        "filtering.passed",
        "filtering.passed",
        Scope.COHORT,
        _DECIDED,
        Words("Uploads left public", "保持公开的上传内容"),
        Words("Decisions of the period that left the upload public.", "报告期内使上传内容保持公开的决定数。"),
    ),
    counted(
        "filtering.passed_then_restricted",
        "filtering.passed_then_restricted",
        Scope.COHORT,
        PASSED_THEN,
        Words("Left public, restricted later", "先公开后限制"),
        Words(
            "Of the uploads left public, those that are blocked or limited as of T: by a measure upon a notice, a "
            "ruling, an urgent block, a settlement, or an order of a court or authority.",
            "保持公开的上传内容中，截至T因通知所采措施、裁决、紧急拦截、和解或法院、主管部门命令而被拦截或受限的数量。",
        ),
    ),
    share(
        "filtering.passed_then_restricted_rate",
        ("filtering.passed_then_restricted",),
        "filtering.passed",
        Scope.COHORT,
        PASSED_THEN,
        Words("Missed infringements, lower bound", "漏判率（下限）"),
        Words(
            "Uploads left public and restricted later, divided by those left public. Uses that nobody challenged are "
            "invisible to it.",
            "先公开后限制的数量除以保持公开的数量。无人质疑的使用不在其中。",
        ),
        interval=False,
    ),
    Figure(
        "filtering.wrongly_blocked_hours.sum_h",
        Words("Hours wrongly restricted, sum", "错误限制时长合计（小时）"),
        Words(
            "Over the restrictions reversed: hours from decided_at, or from the end of the grace, to what reversed "
            "them; to the earlier moment at which the upload was back, where it was (restored on contest, for "
            "lateness, or by an order). Sum.",
            "就被撤销的限制措施：自 decided_at 或宽限期届满至撤销之小时数；"
            "此前已恢复的（申诉即恢复、因逾期恢复或依命令恢复），至恢复之时。合计。",
        ),
        Unit.HOURS,
        Scope.COHORT,
        REVERSED,
        measure=lambda inputs: decimal_value(hours(sum(_wrongly_blocked(inputs))), len(_wrongly_blocked(inputs))),
    ),
    Figure(
        "filtering.wrongly_blocked_hours.median_h",
        Words("Hours wrongly restricted, median", "错误限制时长中位数（小时）"),
        Words("The median of the same durations.", "同一时长的中位数。"),
        Unit.HOURS,
        Scope.COHORT,
        REVERSED,
        measure=lambda inputs: decimal_value(median_hours(_wrongly_blocked(inputs)), len(_wrongly_blocked(inputs))),
    ),
    number(
        "filtering.solely_automated",
        lambda inputs: Value(inputs.total("filtering.restrictions") - inputs.total("filtering.partly_automated")),
        Scope.COHORT,
        (FilteringDecisionRecorded, RulingSubmitted),
        Words("Solely automated restrictions", "完全自动的限制措施"),
        Words(
            "Restrictions of the period on which no person has ruled as of T and that no court or authority ordered.",
            "报告期内的限制措施中，截至T无人作出裁决且并非依法院或主管部门命令作出的数量。",
        ),
    ),
    counted(
        "filtering.partly_automated",
        "filtering.partly_automated",
        Scope.COHORT,
        (FilteringDecisionRecorded, RulingSubmitted),
        Words("Partly automated restrictions", "部分自动的限制措施"),
        Words(
            "Restrictions of the period on which at least one person has ruled as of T, or that a court or authority "
            "ordered.",
            "报告期内的限制措施中，截至T至少有一人作出裁决，或依法院、主管部门命令作出的数量。",
        ),
    ),
    number(
        "filtering.not_automated",
        lambda inputs: Value(
            sum(amount for measure, amount in inputs.cells("notices.measures").items() if measure != Measure.NONE)
            + sum(inputs.cells(f"{kind}.new_restrictions").get("ruling", 0) for kind in (CONTEST, CHALLENGE))
        ),
        Scope.FLOW,
        (NoticeAccepted, RulingIssued),
        Words("Restrictions by people", "由人采取的限制措施"),
        Words(
            "Restrictions that no machine decided on: measures that people took upon notices in the period, and "
            "rulings of the period that newly restricted an upload. They are not among filtering.restrictions.",
            "并非由机器决定的限制措施：报告期内由人就通知采取的措施，"
            "以及报告期内新增限制的裁决。不计入 filtering.restrictions。",
        ),
    ),
    counted(
        "filtering.repeat_block_after_reversal",
        "filtering.repeat_block",
        Scope.COHORT,
        REVERSED,
        Words("Blocked again after a reversal", "撤销后再次拦截"),
        Words(
            "Restrictions of the period of the same content (SHA-256) and the same work as a restriction whose "
            "reversal stands earlier in the log.",
            "报告期内的限制措施中，与日志中此前已被撤销之限制措施内容（SHA-256）及权利作品均相同的数量。",
        ),
    ),
)

_MARKED = (FilteringDecisionRecorded, LawfulUseMarked)
_EXAMINED = (FilteringDecisionRecorded, LawfulUseMarked, ChallengeLodged, RulingIssued)


def _marks_by_basis(inputs: Inputs) -> dict[str, int]:
    before, after = inputs.cells("marks.before"), inputs.cells("marks.after")
    return {basis: before.get(basis, 0) + after.get(basis, 0) for basis in sorted({*before, *after})}


MARKS: tuple[Figure, ...] = (
    number(
        "marks.set",
        lambda inputs: Value(inputs.total("marks.before") + inputs.total("marks.after")),
        Scope.FLOW,
        _MARKED,
        Words("Lawful-use marks", "合法使用标记"),
        Words(
            "Marks set in the period: those delivered with a decision count at decided_at, later ones when set.",
            "报告期内设置的标记：随决定送达的按 decided_at 计，之后设置的按设置时间计。",
        ),
    ),
    broken_down(
        "marks.by_basis.{basis}",
        _marks_by_basis,
        Scope.FLOW,
        _MARKED,
        Words("Marks by basis", "按依据划分的标记"),
        Words("The marks set, by the basis stated.", "所设标记，按所述依据划分。"),
        cells=tuple(basis.value for basis in MarkBasis),
        parent="marks.set",
    ),
    counted(
        "marks.before_decision",
        "marks.before",
        Scope.FLOW,
        (FilteringDecisionRecorded,),
        Words("Marks set before the decision", "决定前设置的标记"),
        Words("Marks delivered with a decision.", "随决定送达的标记。"),
    ),
    counted(
        "marks.after_decision",
        "marks.after",
        Scope.FLOW,
        (LawfulUseMarked,),
        Words("Marks set after the decision", "决定后设置的标记"),
        Words("Marks that uploaders set after the decision.", "上传用户在决定之后设置的标记。"),
    ),
    counted(
        "marks.challenged",
        "marks.challenged",
        Scope.FLOW,
        (FilteringDecisionRecorded, LawfulUseMarked, ChallengeLodged),
        Words("Marked uses challenged", "被质疑的标记使用"),
        Words(
            "Challenges lodged in the period against uses that were public because of a mark.",
            "报告期内针对因标记而公开之使用提出的质疑。",
        ),
    ),
    counted(
        "marks.examined",
        "marks.examined",
        Scope.FLOW,
        _EXAMINED,
        Words("Marked uses examined", "经审查的标记使用"),
        Words(
            "First rulings on the merits of such challenges, issued in the period.",
            "报告期内就此类质疑首次作出的实体裁决。",
        ),
    ),
    number(
        "marks.found_wrong",
        lambda inputs: Value(inputs.cells("marks.examined").get("found_wrong", 0)),
        Scope.FLOW,
        _EXAMINED,
        Words("Marks found wrong", "被认定不当的标记"),
        Words(
            "Of these rulings, those that blocked or limited the marked use.",
            "上述裁决中拦截或限制了该标记使用的数量。",
        ),
    ),
    number(
        "marks.found_right",
        lambda inputs: Value(inputs.cells("marks.examined").get("stood", 0)),
        Scope.FLOW,
        _EXAMINED,
        Words("Marks found right", "被认定得当的标记"),
        Words("Of these rulings, those that left the marked use public.", "上述裁决中维持该标记使用公开的数量。"),
    ),
    share(
        "marks.accuracy",
        ("marks.found_right",),
        "marks.examined",
        Scope.FLOW,
        _EXAMINED,
        Words("Accuracy of examined marks", "经审查标记的准确率"),
        Words(
            "Marks found right divided by marked uses examined. Marks that nobody challenged are not part of it.",
            "被认定得当的标记除以经审查的标记使用。无人质疑的标记不在其中。",
        ),
    ),
)
