"""The figures ``appeals`` of the registry: of both sides, of further reviews and of reopenings, with definitions.

A contest or challenge is received and decided once, at the first level. What a further review makes of it counts in
what became of it (cohort); the further review itself, and a reopening by the platform, have a flow of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from casework.domain.case.events import (
    AppealWithdrawn,
    CaseReopened,
    ChallengeLodged,
    ContestLodged,
    FilteringDecisionRecorded,
    FurtherReviewRequested,
    LawfulUseMarked,
    PartiesSettled,
    RulingIssued,
    UploadWithdrawn,
    UrgentBlockDeclared,
)
from casework.domain.facts import Event
from casework.domain.values import ChallengeGround, ContestGround, ReopeningCause, RulingOutcome
from casework.reports.figures.building import (
    broken_down,
    cells_of,
    counted,
    ended_as,
    number,
    open_at_end,
    open_at_start,
    share,
)
from casework.reports.figures.values import Figure, Inputs, Scope, Value, Words
from casework.views.models.figures_facts import (
    BY_DEFAULT,
    CHALLENGE,
    CONTEST,
    FURTHER_REVIEW,
    OMITTED,
    PENDING,
    REOPENING,
    URGENT_BLOCK,
)

OUTCOME_CELLS = tuple(outcome.value for outcome in RulingOutcome)
FATE_CELLS = (*OUTCOME_CELLS, BY_DEFAULT, OMITTED, PENDING)
RESTRICTING_CELLS = ("ruling", URGENT_BLOCK, "settlement")
CLOSING: tuple[type[Event], ...] = (AppealWithdrawn, PartiesSettled, UploadWithdrawn)
"""What closes an appeal without a ruling."""


class Side(NamedTuple):
    """One of the two appeals: ids, words and events."""

    party: str
    kind: str
    lodged: tuple[type[Event], ...]
    name: Words
    grounds: tuple[str, ...]
    appealable: tuple[str, str]
    received: Words


UPLOADER = Side(
    "uploader",
    CONTEST,
    (ContestLodged,),
    Words("contests", "申诉"),
    tuple(ground.value for ground in ContestGround),
    ("decisions of the period that restricted the upload", "报告期内限制上传内容的决定"),
    Words(
        "Further reviews and reopenings are no new contests: they have figures of their own.",
        "再次审查与重新审理不计为新的申诉，另行统计。",
    ),
)
RIGHT_HOLDER = Side(
    "right_holder",
    CHALLENGE,
    (ChallengeLodged, UrgentBlockDeclared),
    Words("challenges", "质疑"),
    (*(ground.value for ground in ChallengeGround), URGENT_BLOCK),
    (
        "decisions of the period whose use was presumed lawful or marked lawful, then or later",
        "报告期内（当时或之后）推定使用合法或标记为合法的决定",
    ),
    Words(
        "An urgent block without a challenge before it counts as one. Further reviews and reopenings are no new "
        "challenges: they have figures of their own.",
        "此前没有质疑的紧急拦截计为一项质疑。再次审查与重新审理不计为新的质疑，另行统计。",
    ),
)


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[0].upper() + text[1:]


def _rulings(kind: str) -> Callable[[Inputs], Mapping[str, int]]:
    """Rulings on the merits by outcome."""
    without = (BY_DEFAULT, OMITTED)
    return lambda inputs: {
        fate: amount for fate, amount in inputs.cells(f"{kind}.ended").items() if fate not in without
    }


def appeals(side: Side) -> tuple[Figure, ...]:
    """The figures of one side's appeals."""
    prefix, kind = f"appeals.{side.party}", side.kind
    ended: tuple[type[Event], ...] = (*side.lodged, RulingIssued, *CLOSING)
    fate: tuple[type[Event], ...] = (*ended, FurtherReviewRequested)
    en, zh = side.name
    return (
        number(
            f"{prefix}.open_at_start",
            open_at_start(kind),
            Scope.STATE,
            ended,
            Words(f"{capital(en)} open at the start", f"期初未结{zh}"),
            Words(
                f"{capital(en)} lodged before the period and not ended before it.",
                f"报告期之前提出且在此之前未结的{zh}。",
            ),
        ),
        counted(
            f"{prefix}.received",
            f"{kind}.received",
            Scope.FLOW,
            side.lodged,
            Words(f"{capital(en)} received", f"收到的{zh}"),
            Words(
                f"{capital(en)} lodged in the period. {side.received.en}",
                f"报告期内提出的{zh}。{side.received.zh}",
            ),
        ),
        number(
            f"{prefix}.decided_on_merits",
            lambda inputs: Value(sum(_rulings(kind)(inputs).values())),
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)} decided on the merits", f"实体裁决的{zh}"),
            Words(
                f"First rulings on the merits of {en}, issued in the period; those of further reviews count apart.",
                f"报告期内就{zh}首次作出的实体裁决；再次审查的裁决另行统计。",
            ),
        ),
        broken_down(
            f"{prefix}.decided.{{ruling}}",
            _rulings(kind),
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)} decided, by outcome", f"按结果划分的{zh}裁决"),
            Words(
                "Rulings on the merits issued in the period. The outcome speaks of the platform's first decision.",
                "报告期内作出的实体裁决。结果均就平台的最初决定而言。",
            ),
            cells=OUTCOME_CELLS,
            parent=f"{prefix}.decided_on_merits",
        ),
        number(
            f"{prefix}.decided_by_default",
            ended_as(kind, BY_DEFAULT),
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)} decided by default", f"缺席裁决的{zh}"),
            Words("Rulings issued in the period without a look at the merits.", "报告期内未经实体审查作出的裁决。"),
        ),
        number(
            f"{prefix}.omitted",
            ended_as(kind, OMITTED),
            Scope.FLOW,
            CLOSING,
            Words(f"{capital(en)} closed without a ruling", f"未作裁决的{zh}"),
            Words(
                f"{capital(en)} that were taken back or settled in the period, or became moot because the uploader "
                "withdrew the upload.",
                f"报告期内撤回、和解，或因上传用户撤下上传内容而失去标的的{zh}。",
            ),
        ),
        number(
            f"{prefix}.open_at_end",
            open_at_end(kind),
            Scope.STATE,
            ended,
            Words(f"{capital(en)} open at the end", f"期末未结{zh}"),
            Words(
                f"{capital(en)} lodged before the end of the period and not ended before it, as of T.",
                f"报告期结束前提出且在此之前未结的{zh}，截至T。",
            ),
        ),
        share(
            f"{prefix}.overturn_rate",
            (f"{prefix}.decided.reversed", f"{prefix}.decided.partially_reversed"),
            f"{prefix}.decided_on_merits",
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)}: share overturned", f"{zh}推翻率"),
            Words(
                "Reversed and partially reversed, divided by decided on the merits; Wilson's 95 % interval.",
                "撤销与部分撤销之和除以实体裁决数；威尔逊95%区间。",
            ),
        ),
        broken_down(
            f"{prefix}.fate.{{fate}}",
            cells_of(f"{kind}.fate"),
            Scope.COHORT,
            fate,
            Words(f"What became of the {en} received", f"所收{zh}的处理结果"),
            Words(
                f"The {en} received in the period by what has become of them as of T, at the latest level of review "
                "that ruled.",
                f"报告期内收到的{zh}，按截至T的处理结果划分，以已作裁决的最后一级复查为准。",
            ),
            cells=FATE_CELLS,
            parent=f"{prefix}.received",
        ),
        counted(
            f"{prefix}.appealable",
            *_appealable(side),
            Words(f"Decisions open to {en}", f"可提{zh}的决定"),
            Words(f"{capital(side.appealable[0])}.", f"{side.appealable[1]}。"),
        ),
        counted(
            f"{prefix}.appealed",
            f"{kind}.appealed",
            Scope.COHORT,
            (FilteringDecisionRecorded, *side.lodged),
            Words(f"Decisions with {en}", f"已被提出{zh}的决定"),
            Words("Of these, the decisions appealed at least once as of T.", "其中截至T至少一次被提出的决定。"),
        ),
        share(
            f"{prefix}.appeal_rate",
            (f"{prefix}.appealed",),
            f"{prefix}.appealable",
            Scope.COHORT,
            (FilteringDecisionRecorded, *side.lodged),
            Words(f"{capital(en)}: appeal rate", f"{zh}率"),
            Words("Decisions appealed divided by decisions open to appeal.", "被提出的决定除以可提出的决定。"),
            interval=False,
        ),
        broken_down(
            f"{prefix}.grounds.{{{side.kind}_ground}}.received",
            cells_of(f"{kind}.received"),
            Scope.FLOW,
            side.lodged,
            Words(f"{capital(en)} received by ground", f"按理由划分的所收{zh}"),
            Words(f"{capital(en)} lodged in the period by ground.", f"报告期内提出的{zh}，按理由划分。"),
            cells=side.grounds,
            parent=f"{prefix}.received",
        ),
        number(
            f"{prefix}.overturned",
            lambda inputs: Value(inputs.total(f"{kind}.overturned")),
            Scope.COHORT,
            fate,
            Words(f"{capital(en)} received and overturned", f"所收{zh}中推翻的"),
            Words(
                f"Of the {en} received in the period, those whose latest ruling, as of T, is a reversal or partial "
                "reversal.",
                f"报告期内收到的{zh}中，截至T最近一次裁决为撤销或部分撤销的数量。",
            ),
        ),
        broken_down(
            f"{prefix}.grounds.{{{side.kind}_ground}}.overturned",
            cells_of(f"{kind}.overturned"),
            Scope.COHORT,
            fate,
            Words(f"{capital(en)} overturned by ground", f"按理由划分的{zh}推翻数"),
            Words("The same by ground.", "同上，按理由划分。"),
            cells=side.grounds,
            parent=f"{prefix}.overturned",
        ),
        counted(
            f"{prefix}.new_restrictions",
            f"{kind}.new_restrictions",
            Scope.FLOW,
            (*ended, FurtherReviewRequested, CaseReopened),
            Words(f"New restrictions because of {en}", f"因{zh}而新增的限制"),
            Words(
                f"Uploads that were public before the appeal and were blocked or limited in the period because of "
                f"{en}, their further reviews or a reopening of the same kind; each appeal counts once, when it first "
                "did so.",
                f"在提出之前公开、于报告期内因{zh}、其再次审查或同类重新审理而被拦截或受限的上传内容；每项仅在首次受限时计一次。",
            ),
        ),
        broken_down(
            f"{prefix}.new_restrictions_by.{{restricting}}",
            cells_of(f"{kind}.new_restrictions"),
            Scope.FLOW,
            (*ended, FurtherReviewRequested, CaseReopened),
            Words(f"New restrictions because of {en}, by cause", f"按原因划分的因{zh}而新增的限制"),
            Words(
                "By a ruling, by an urgent block that precedes the ruling, or by a settlement.",
                "因裁决、因裁决之前的紧急拦截，或因和解。",
            ),
            cells=RESTRICTING_CELLS,
            parent=f"{prefix}.new_restrictions",
        ),
    )


def _appealable(side: Side) -> tuple[str, Scope, tuple[type[Event], ...]]:
    if side.kind == CONTEST:
        return "filtering.restrictions", Scope.COHORT, (FilteringDecisionRecorded,)
    return f"{side.kind}.appealable", Scope.COHORT, (FilteringDecisionRecorded, LawfulUseMarked)


def rounds(name: str, kind: str, opening: type[Event], label: Words, received: Words) -> tuple[Figure, ...]:
    """The flow of reviews beside the appeals of the parties."""
    prefix = f"appeals.{name}"
    reads: tuple[type[Event], ...] = (opening, RulingIssued, *CLOSING)
    en, zh = label
    return (
        number(
            f"{prefix}.open_at_start",
            open_at_start(kind),
            Scope.STATE,
            reads,
            Words(f"{capital(en)} open at the start", f"期初未结的{zh}"),
            Words("Begun before the period and not ended before it.", "报告期之前开始且在此之前未结。"),
        ),
        counted(
            f"{prefix}.received",
            f"{kind}.received",
            Scope.FLOW,
            (opening,),
            Words(f"{capital(en)} begun", f"启动的{zh}"),
            received,
        ),
        number(
            f"{prefix}.decided",
            lambda inputs: Value(inputs.total(f"{kind}.ended") - inputs.cells(f"{kind}.ended").get(OMITTED, 0)),
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)} decided", f"已裁决的{zh}"),
            Words("Ended by a ruling in the period.", "报告期内以裁决结束。"),
        ),
        broken_down(
            f"{prefix}.rulings.{{level_fate}}",
            lambda inputs: {fate: amount for fate, amount in inputs.cells(f"{kind}.ended").items() if fate != OMITTED},
            Scope.FLOW,
            (RulingIssued,),
            Words(f"Rulings of {en}", f"{zh}的裁决"),
            Words(
                "The rulings of the period by outcome, which speaks of the platform's first decision.",
                "报告期内的裁决，按结果划分。结果均就平台的最初决定而言。",
            ),
            cells=(*OUTCOME_CELLS, BY_DEFAULT),
            parent=f"{prefix}.decided",
        ),
        number(
            f"{prefix}.omitted",
            ended_as(kind, OMITTED),
            Scope.FLOW,
            CLOSING,
            Words(f"{capital(en)} closed without a ruling", f"未作裁决的{zh}"),
            Words(
                "Taken back, settled, or moot because the uploader withdrew the upload, in the period.",
                "报告期内撤回、和解，或因上传用户撤下上传内容而失去标的。",
            ),
        ),
        number(
            f"{prefix}.open_at_end",
            open_at_end(kind),
            Scope.STATE,
            reads,
            Words(f"{capital(en)} open at the end", f"期末未结的{zh}"),
            Words(
                "Begun before the end of the period and not ended before it, as of T.",
                "报告期结束前开始且在此之前未结，截至T。",
            ),
        ),
    )


FURTHER = rounds(
    "further_reviews",
    FURTHER_REVIEW,
    FurtherReviewRequested,
    Words("further reviews", "再次审查"),
    Words(
        "Requests of either side in the period to have a ruling looked at by new reviewers.",
        "报告期内任何一方请求由新的审查员再次审查裁决的数量。",
    ),
)
REOPENED = (
    *rounds(
        "reopenings",
        REOPENING,
        CaseReopened,
        Words("reopenings", "重新审理"),
        Words(
            "Cases that the platform reopened of its own accord in the period.",
            "报告期内平台自行重新审理的案件。",
        ),
    ),
    broken_down(
        "appeals.reopenings.by_cause.{reopening}",
        cells_of(f"{REOPENING}.received"),
        Scope.FLOW,
        (CaseReopened,),
        Words("Reopenings by cause", "按原因划分的重新审理"),
        Words("The reopenings of the period by cause.", "报告期内的重新审理，按原因划分。"),
        cells=tuple(cause.value for cause in ReopeningCause),
        parent="appeals.reopenings.received",
    ),
)
URGENT = counted(
    "appeals.urgent_blocks",
    "appeals.urgent_blocks",
    Scope.FLOW,
    (UrgentBlockDeclared,),
    Words("Urgent blocks", "紧急拦截"),
    Words(
        "Urgent blocks that trusted right holders declared in the period, with their challenge or after it.",
        "报告期内可信权利人随质疑或在质疑之后声明的紧急拦截。",
    ),
)

APPEALS = (*appeals(UPLOADER), *appeals(RIGHT_HOLDER), URGENT, *FURTHER, *REOPENED)
