"""The figures ``appeals`` of the registry for both sides, with their definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    RulingIssued,
)
from casework.domain.facts import Event
from casework.domain.values import ChallengeGround, ContestGround, RulingOutcome
from casework.reports.figures.building import broken_down, cells_of, counted, number, share
from casework.reports.figures.values import Figure, Inputs, Scope, Value, Words
from casework.views.models.figures_facts import (
    BY_DEFAULT,
    CHALLENGE,
    CONTEST,
    OMITTED,
    PENDING,
)

OUTCOME_CELLS = tuple(outcome.value for outcome in RulingOutcome)
FATE_CELLS = (*OUTCOME_CELLS, BY_DEFAULT, OMITTED, PENDING)


class Side(NamedTuple):
    """One of the two appeals: ids, words and events."""

    party: str
    kind: str
    lodged: type[Event]
    name: Words
    grounds: tuple[str, ...]
    appealable: tuple[str, str]


UPLOADER = Side(
    "uploader",
    CONTEST,
    ContestLodged,
    Words("contests", "申诉"),
    tuple(ground.value for ground in ContestGround),
    ("decisions of the period that restricted the upload", "报告期内限制上传内容的决定"),
)
RIGHT_HOLDER = Side(
    "right_holder",
    CHALLENGE,
    ChallengeLodged,
    Words("challenges", "质疑"),
    tuple(ground.value for ground in ChallengeGround),
    (
        "decisions of the period that presumed the use lawful or were marked lawful, then or later",
        "报告期内推定使用合法或（当时或之后）标记为合法的决定",
    ),
)


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[0].upper() + text[1:]


def _open_at_start(inputs: Inputs, kind: str) -> int:
    before = inputs.extract.before
    ended = before.get(f"appeals.{kind}.decided", 0) + before.get(f"appeals.{kind}.omitted", 0)
    return before.get(f"appeals.{kind}.received", 0) - ended


def _open_at_end(inputs: Inputs, kind: str) -> int:
    """Backwards from what is open now, so that it does not rest on the same sums as the open at the start."""
    after = inputs.extract.after
    now = sum(appeal.kind == kind for appeal in inputs.extract.open)
    ended = after.get(f"appeals.{kind}.decided", 0) + after.get(f"appeals.{kind}.omitted", 0)
    return now - after.get(f"appeals.{kind}.received", 0) + ended


def _without_default(counter: str) -> Callable[[Inputs], Mapping[str, int]]:
    return lambda inputs: {cell: amount for cell, amount in inputs.cells(counter).items() if cell != BY_DEFAULT}


def appeals(side: Side) -> tuple[Figure, ...]:
    """The figures of one side's appeals."""
    prefix, counter = f"appeals.{side.party}", f"appeals.{side.kind}"
    ended = (side.lodged, RulingIssued, AppealWithdrawn)
    en, zh = side.name
    return (
        number(
            f"{prefix}.open_at_start",
            lambda inputs: Value(_open_at_start(inputs, side.kind)),
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
            f"{counter}.received",
            Scope.FLOW,
            (side.lodged,),
            Words(f"{capital(en)} received", f"收到的{zh}"),
            Words(f"{capital(en)} lodged in the period.", f"报告期内提出的{zh}。"),
        ),
        number(
            f"{prefix}.decided_on_merits",
            lambda inputs: Value(sum(_without_default(f"{counter}.decided")(inputs).values())),
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)} decided on the merits", f"实体裁决的{zh}"),
            Words(f"Rulings on the merits of {en}, issued in the period.", f"报告期内就{zh}作出的实体裁决。"),
        ),
        broken_down(
            f"{prefix}.decided.{{ruling}}",
            _without_default(f"{counter}.decided"),
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
            lambda inputs: Value(inputs.cells(f"{counter}.decided").get(BY_DEFAULT, 0)),
            Scope.FLOW,
            (RulingIssued,),
            Words(f"{capital(en)} decided by default", f"缺席裁决的{zh}"),
            Words("Rulings issued in the period without a look at the merits.", "报告期内未经实体审查作出的裁决。"),
        ),
        counted(
            f"{prefix}.omitted",
            f"{counter}.omitted",
            Scope.FLOW,
            (AppealWithdrawn,),
            Words(f"{capital(en)} closed without a ruling", f"未作裁决的{zh}"),
            Words(f"{capital(en)} withdrawn in the period.", f"报告期内撤回的{zh}。"),
        ),
        number(
            f"{prefix}.open_at_end",
            lambda inputs: Value(_open_at_end(inputs, side.kind)),
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
            cells_of(f"{counter}.fate"),
            Scope.COHORT,
            ended,
            Words(f"What became of the {en} received", f"所收{zh}的处理结果"),
            Words(
                f"The {en} received in the period by what has become of them as of T.",
                f"报告期内收到的{zh}，按截至T的处理结果划分。",
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
            f"{counter}.appealed",
            Scope.COHORT,
            (FilteringDecisionRecorded, side.lodged),
            Words(f"Decisions with {en}", f"已被提出{zh}的决定"),
            Words("Of these, the decisions appealed at least once as of T.", "其中截至T至少一次被提出的决定。"),
        ),
        share(
            f"{prefix}.appeal_rate",
            (f"{prefix}.appealed",),
            f"{prefix}.appealable",
            Scope.COHORT,
            (FilteringDecisionRecorded, side.lodged),
            Words(f"{capital(en)}: appeal rate", f"{zh}率"),
            Words("Decisions appealed divided by decisions open to appeal.", "被提出的决定除以可提出的决定。"),
            interval=False,
        ),
        broken_down(
            f"{prefix}.grounds.{{{side.kind}_ground}}.received",
            cells_of(f"{counter}.received"),
            Scope.FLOW,
            (side.lodged,),
            Words(f"{capital(en)} received by ground", f"按理由划分的所收{zh}"),
            Words(f"{capital(en)} lodged in the period by ground.", f"报告期内提出的{zh}，按理由划分。"),
            cells=side.grounds,
            parent=f"{prefix}.received",
        ),
        number(
            f"{prefix}.overturned",
            lambda inputs: Value(inputs.total(f"{counter}.overturned")),
            Scope.COHORT,
            ended,
            Words(f"{capital(en)} received and overturned", f"所收{zh}中推翻的"),
            Words(
                f"Of the {en} received in the period, those that ended in a reversal or partial reversal as of T.",
                f"报告期内收到的{zh}中，截至T以撤销或部分撤销告终的数量。",
            ),
        ),
        broken_down(
            f"{prefix}.grounds.{{{side.kind}_ground}}.overturned",
            cells_of(f"{counter}.overturned"),
            Scope.COHORT,
            ended,
            Words(f"{capital(en)} overturned by ground", f"按理由划分的{zh}推翻数"),
            Words("The same by ground.", "同上，按理由划分。"),
            cells=side.grounds,
            parent=f"{prefix}.overturned",
        ),
        counted(
            f"{prefix}.new_restrictions",
            f"{counter}.new_restrictions",
            Scope.FLOW,
            (RulingIssued,),
            Words(f"New restrictions because of {en}", f"因{zh}而新增的限制"),
            Words(
                "Rulings issued in the period that blocked or limited an upload which was public before the appeal.",
                "报告期内使此前公开的上传内容被屏蔽或受限的裁决。",
            ),
        ),
    )


def _appealable(side: Side) -> tuple[str, Scope, tuple[type[Event], ...]]:
    if side.kind == CONTEST:
        return "filtering.restrictions", Scope.COHORT, (FilteringDecisionRecorded,)
    return f"appeals.{side.kind}.appealable", Scope.COHORT, (FilteringDecisionRecorded, LawfulUseMarked)


APPEALS = (*appeals(UPLOADER), *appeals(RIGHT_HOLDER))
