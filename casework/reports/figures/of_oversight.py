"""The figures ``prior_review``, ``abuse`` and ``outside`` of the registry, with their definitions."""

from __future__ import annotations

from decimal import Decimal

from casework.domain.case.events import (
    FilteringDecisionRecorded,
    LawfulUseMarked,
    MeasureSuspended,
    PriorReviewExpired,
    RulingIssued,
    UploadWithdrawn,
)
from casework.domain.case.notice_events import NoticeAccepted
from casework.domain.case.outside_events import (
    OrderLifted,
    OrderReceived,
    OutsideProceedingDecided,
    OutsideProceedingOpened,
)
from casework.domain.facts import Event, Role
from casework.domain.party import events as party_events
from casework.domain.party.values import RIGHTS_CONCERNED
from casework.domain.values import OutsideForum, OutsideOutcome, RulingOutcome
from casework.domain.work.events import PriorReviewRequested
from casework.reports.figures.building import (
    broken_down,
    cells_of,
    counted,
    decimal_value,
    ended_as,
    number,
    open_at_end,
    open_at_start,
)
from casework.reports.figures.identities import OUTSIDE_ENDS
from casework.reports.figures.of_notices import ends, flow
from casework.reports.figures.statistics import median_hours, median_minutes
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models import figures_facts as items

_HELD = (FilteringDecisionRecorded, RulingIssued, LawfulUseMarked, NoticeAccepted, UploadWithdrawn)
_OPEN = ends("prior_review", items.PRIOR_REVIEW, _HELD, Words("Prior reviews", "事前审查"))


def _median_held(inputs: Inputs) -> Value:
    held = inputs.extract.values.get("prior_review.held", ())
    return decimal_value(median_minutes(held), len(held))


def _reviewed(name: str, fate: str, label: Words, definition: Words) -> Figure:
    measure = ended_as(items.PRIOR_REVIEW, fate)
    return number(f"prior_review.{name}", measure, Scope.FLOW, (RulingIssued,), label, definition)


PRIOR_REVIEW: tuple[Figure, ...] = (
    flow(
        "prior_review.requests",
        (PriorReviewRequested,),
        Words("Requests for prior review", "事前审查请求"),
        Words(
            "Requests of right holders in the period to have uploads of a work looked at before publication.",
            "报告期内权利人请求在发布前审查某一作品之上传内容的数量。",
        ),
    ),
    _OPEN[0],
    counted(
        "prior_review.held",
        f"{items.PRIOR_REVIEW}.received",
        Scope.FLOW,
        (FilteringDecisionRecorded,),
        Words("Uploads held for prior review", "暂缓发布待审的上传内容"),
        Words(
            "Decisions recorded in the period that held the upload for a review by people.",
            "报告期内记录的、暂缓发布以待人工审查的决定。",
        ),
    ),
    _reviewed(
        "released",
        RulingOutcome.REVERSED.value,
        Words("Released", "放行"),
        Words("Prior reviews that ended in the period with the upload public.", "报告期内以公开告终的事前审查。"),
    ),
    _reviewed(
        "limited",
        RulingOutcome.PARTIALLY_REVERSED.value,
        Words("Released with limits", "限制性放行"),
        Words(
            "Prior reviews that ended in the period with the upload public within limits.",
            "报告期内以受限公开告终的事前审查。",
        ),
    ),
    _reviewed(
        "blocked",
        RulingOutcome.UPHELD.value,
        Words("Blocked", "拦截"),
        Words("Prior reviews that ended in the period with the upload blocked.", "报告期内以拦截告终的事前审查。"),
    ),
    number(
        "prior_review.omitted",
        ended_as(items.PRIOR_REVIEW, items.OMITTED),
        Scope.FLOW,
        (LawfulUseMarked, NoticeAccepted, UploadWithdrawn),
        Words("Prior reviews without a ruling", "未作裁决的事前审查"),
        Words(
            "Prior reviews that ended in the period without a ruling: the upload was withdrawn, or a measure upon a "
            "notice took their place.",
            "报告期内未作裁决而终结的事前审查：上传内容被撤下，或被就通知所采措施取代。",
        ),
    ),
    _OPEN[1],
    Figure(
        "prior_review.median_minutes_held",
        Words("Median minutes held", "暂缓发布时长中位数（分钟）"),
        Words(
            "Median minutes for which uploads were held, from the recording of the decision until they were published, "
            "limited or blocked, over those whose hold ended in the period.",
            "就报告期内结束暂缓发布者：自记录决定至公开、受限或拦截之分钟数的中位数。",
        ),
        Unit.MINUTES,
        Scope.FLOW,
        (FilteringDecisionRecorded, PriorReviewExpired, MeasureSuspended, RulingIssued),
        measure=_median_held,
    ),
    counted(
        "prior_review.expired_unreviewed",
        "prior_review.expired",
        Scope.FLOW,
        (PriorReviewExpired,),
        Words("Published unreviewed", "未经审查而公开"),
        Words(
            "Uploads that went public in the period because nobody had ruled in time; their review goes on.",
            "报告期内因未按期裁决而公开的上传内容；其审查继续进行。",
        ),
    ),
)


def _suspensions(side: Role, name: Words) -> Figure:
    rights = dict.fromkeys(right.value for concerned in RIGHTS_CONCERNED[side].values() for right in sorted(concerned))
    return broken_down(
        f"abuse.suspensions.{{right}}.{side.value}",
        cells_of(f"abuse.suspensions.{side.value}"),
        Scope.FLOW,
        (party_events.RightSuspended,),
        Words(f"Rights of {name.en} suspended", f"{name.zh}被中止的权利"),
        Words(
            f"Suspensions of rights of {name.en} that were decided in the period, by right.",
            f"报告期内决定中止的{name.zh}权利，按权利划分。",
        ),
        cells=tuple(rights),
    )


ABUSE: tuple[Figure, ...] = (
    flow(
        "abuse.warnings",
        (party_events.ConductWarned,),
        Words("Warnings of misuse", "滥用警告"),
        Words("Warnings of misuse to either side in the period.", "报告期内向任何一方发出的滥用警告。"),
    ),
    flow(
        "abuse.assessments",
        (party_events.ConductAssessed,),
        Words("Assessments of misuse", "滥用评估"),
        Words(
            "Assessments by an officer in the period: number, proportion, gravity and intention.",
            "报告期内由专员就数量、比例、严重程度与意图所作的评估。",
        ),
    ),
    _suspensions(Role.UPLOADER, Words("uploaders", "上传用户")),
    _suspensions(Role.RIGHT_HOLDER, Words("right holders", "权利人")),
    flow(
        "abuse.lifted",
        (party_events.SuspensionLifted,),
        Words("Suspensions lifted", "提前解除的中止"),
        Words("Suspensions lifted in the period before their end.", "报告期内在期满前解除的中止。"),
    ),
    flow(
        "abuse.appeals",
        (party_events.SanctionAppealLodged,),
        Words("Appeals against suspensions", "对中止的申诉"),
        Words("Appeals against suspensions lodged in the period.", "报告期内对中止提出的申诉。"),
    ),
    flow(
        "abuse.good_faith_accepted",
        (party_events.GoodFaithDefenceAccepted,),
        Words("Good faith accepted", "善意抗辩成立"),
        Words("Good-faith defences accepted in the period.", "报告期内成立的善意抗辩。"),
    ),
    flow(
        "abuse.bad_faith_found",
        (party_events.BadFaithFound,),
        Words("Bad faith found", "认定恶意"),
        Words("Findings of bad faith in a case, made in the period.", "报告期内就个案认定恶意的次数。"),
    ),
    flow(
        "abuse.flaggers_reported",
        (party_events.TrustedFlaggerReported,),
        Words("Trusted flaggers reported", "上报的受信任标记人"),
        Words(
            "Reports of the period about trusted flaggers to the authority that awarded their status.",
            "报告期内就受信任的标记人向授予其资格的机关所作的报告。",
        ),
    ),
)

_NAMES = {
    OutsideForum.COURT: Words("Court proceedings", "法院程序"),
    OutsideForum.AUTHORITY: Words("Proceedings of authorities", "主管部门程序"),
    OutsideForum.EXTERNAL_BODY: Words("External bodies", "外部机构程序"),
}
_FATES: dict[str, tuple[str, ...]] = {
    "decided_for_platform": (OutsideOutcome.UPHELD.value,),
    "against": (OutsideOutcome.REVERSED.value, OutsideOutcome.PARTIALLY_REVERSED.value),
    "without_decision": (OutsideOutcome.DEFAULT.value, OutsideOutcome.OMITTED.value),
}
_LABELS: dict[str, Words] = {
    "decided_for_platform": Words("decided for the platform", "维持平台决定"),
    "against": Words("decided against the platform", "推翻平台决定"),
    "without_decision": Words("ended without a decision", "未作实体决定"),
    "upheld": Words("platform upheld", "维持平台决定"),
    "partially_reversed": Words("platform partially reversed", "部分推翻平台决定"),
    "reversed": Words("platform reversed", "推翻平台决定"),
    "default": Words("by default", "缺席决定"),
    "omitted": Words("without a decision", "未作决定"),
}
_PROCEEDINGS: tuple[type[Event], ...] = (OutsideProceedingOpened, OutsideProceedingDecided)


def _proceedings(forum: OutsideForum) -> tuple[Figure, ...]:
    kind, prefix, name = forum.value, f"outside.{forum.value}", _NAMES[forum]
    return (
        number(
            f"{prefix}.pending_at_start",
            open_at_start(kind),
            Scope.STATE,
            _PROCEEDINGS,
            Words(f"{name.en} pending at the start", f"期初未结的{name.zh}"),
            Words("Opened before the period and not decided before it.", "报告期之前启动且在此之前未决。"),
        ),
        counted(
            f"{prefix}.opened",
            f"{kind}.received",
            Scope.FLOW,
            (OutsideProceedingOpened,),
            Words(f"{name.en} opened", f"启动的{name.zh}"),
            Words(
                "Opened in the period, as far as the platform was told by T.",
                "报告期内启动，以平台截至T所获告知者为限。",
            ),
        ),
        *(
            number(
                f"{prefix}.{end}",
                ended_as(kind, *_FATES.get(end, (end,))),
                Scope.FLOW,
                (OutsideProceedingDecided,),
                Words(f"{name.en}: {_LABELS[end].en}", f"{name.zh}：{_LABELS[end].zh}"),
                Words(
                    "Ended in the period in this way, which speaks of the platform's first decision.",
                    "报告期内以此告终，就平台的最初决定而言。",
                ),
            )
            for end in OUTSIDE_ENDS[kind]
        ),
        number(
            f"{prefix}.pending",
            open_at_end(kind),
            Scope.STATE,
            _PROCEEDINGS,
            Words(f"{name.en} pending at the end", f"期末未结的{name.zh}"),
            Words(
                "Opened before the end of the period and not decided before it, as of T.",
                "报告期结束前启动且在此之前未决，截至T。",
            ),
        ),
    )


def _body_hours(inputs: Inputs) -> tuple[Decimal | None, int]:
    took = inputs.extract.values.get(f"times.{OutsideForum.EXTERNAL_BODY.value}.finished", ())
    return median_hours(took), len(took)


OUTSIDE: tuple[Figure, ...] = (
    *(figure for forum in OutsideForum for figure in _proceedings(forum)),
    Figure(
        "outside.external_body.median_h",
        Words("External bodies: median hours", "外部机构程序时长中位数（小时）"),
        Words(
            "Median hours from opening to the decision, over those that external bodies decided in the period.",
            "就外部机构在报告期内作出决定者：自启动至决定之小时数的中位数。",
        ),
        Unit.HOURS,
        Scope.FLOW,
        _PROCEEDINGS,
        measure=lambda inputs: decimal_value(*_body_hours(inputs)),
    ),
    counted(
        "outside.external_body.implemented",
        "outside.implemented",
        Scope.FLOW,
        (OutsideProceedingDecided,),
        Words("External bodies: implemented", "已执行的外部机构决定"),
        Words(
            "Decisions of external bodies of the period that the platform implemented.",
            "报告期内外部机构决定中平台已执行的数量。",
        ),
    ),
    broken_down(
        "outside.orders.{order}",
        cells_of("outside.orders"),
        Scope.FLOW,
        (OrderReceived,),
        Words("Orders received", "收到的命令"),
        Words(
            "Orders of courts and authorities received in the period, interim or final.",
            "报告期内收到的法院与主管部门命令，分临时与终局。",
        ),
        cells=("interim", "final"),
    ),
    flow(
        "outside.orders_ended",
        (OrderLifted,),
        Words("Orders that fell", "失效的命令"),
        Words("Orders that were lifted or ran out in the period.", "报告期内被撤销或期满的命令。"),
    ),
)
