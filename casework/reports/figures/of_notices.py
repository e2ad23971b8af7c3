"""The figures ``notices``, ``counter_notices`` and ``warnings`` of the registry, with their definitions."""

from __future__ import annotations

from casework.domain.case.events import (
    FilteringDecisionRecorded,
    PartiesSettled,
    RulingIssued,
    UploadWithdrawn,
    WarningAnswered,
    WarningLapsed,
)
from casework.domain.case.notice_events import (
    CounterNoticeAccepted,
    CounterNoticeAmended,
    CounterNoticeDelivered,
    CounterNoticeForwarded,
    CounterNoticeFoundDeficient,
    CounterNoticeLapsed,
    CounterNoticeReceived,
    LegalActionReported,
    NoticeAccepted,
    NoticeAmended,
    NoticeFoundDeficient,
    NoticeLapsed,
    NoticeReceived,
    NoticeRejected,
    NoticeWithdrawn,
    RepeatNoticeBarred,
    WaitExpired,
)
from casework.domain.facts import Event
from casework.domain.values import Measure
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
from casework.reports.figures.statistics import median_hours
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models import figures_facts as words

_CHECKED = (NoticeReceived, NoticeAccepted, NoticeRejected, NoticeLapsed, NoticeWithdrawn, PartiesSettled,
            UploadWithdrawn)  # fmt: skip
_COUNTERED = (CounterNoticeReceived, CounterNoticeAccepted, CounterNoticeLapsed, WaitExpired, LegalActionReported,
              NoticeWithdrawn, RulingIssued, PartiesSettled, UploadWithdrawn)  # fmt: skip
WAIT_CELLS = (words.AT_ONCE, words.AFTER_WAIT, words.STAYED, words.LAPSED, words.OTHERWISE, words.PENDING)
NOTICE_FATES = (words.ACCEPTED, words.REJECTED, words.LAPSED, words.WITHDRAWN, words.MOOT, words.PENDING)


def flow(identifier: str, reads: tuple[type[Event], ...], label: Words, definition: Words) -> Figure:
    """A counter of the same name."""
    return counted(identifier, identifier, Scope.FLOW, reads, label, definition)


def ended(group: str, kind: str, fate: str, reads: tuple[type[Event], ...], label: Words, definition: Words) -> Figure:
    """Items that ended in this way in the period."""
    return number(f"{group}.{fate}", ended_as(kind, fate), Scope.FLOW, reads, label, definition)


def ends(group: str, kind: str, reads: tuple[type[Event], ...], name: Words) -> tuple[Figure, Figure]:
    """What is open at the start and at the end of the period."""
    return (
        number(
            f"{group}.open_at_start",
            open_at_start(kind),
            Scope.STATE,
            reads,
            Words(f"{name.en} open at the start", f"期初未结的{name.zh}"),
            Words("Received before the period and not ended before it.", "报告期之前收到且在此之前未结。"),
        ),
        number(
            f"{group}.open_at_end",
            open_at_end(kind),
            Scope.STATE,
            reads,
            Words(f"{name.en} open at the end", f"期末未结的{name.zh}"),
            Words(
                "Received before the end of the period and not ended before it, as of T.",
                "报告期结束前收到且在此之前未结，截至T。",
            ),
        ),
    )


_NOTICES_OPEN = ends("notices", words.NOTICE, _CHECKED, Words("Notices", "通知"))
NOTICES: tuple[Figure, ...] = (
    _NOTICES_OPEN[0],
    counted(
        "notices.received",
        f"{words.NOTICE}.received",
        Scope.FLOW,
        (NoticeReceived,),
        Words("Notices received", "收到的通知"),
        Words("Notices of right holders received in the period.", "报告期内收到的权利人通知。"),
    ),
    flow(
        "notices.items",
        (NoticeReceived,),
        Words("Items notified", "通知所涉项目"),
        Words("Exact locations that these notices name.", "上述通知所列的具体位置数。"),
    ),
    flow(
        "notices.by_trusted",
        (NoticeReceived,),
        Words("Notices of trusted senders", "受信任者的通知"),
        Words(
            "Of these, sent by a trusted right holder or a trusted flagger.",
            "其中由可信权利人或受信任的标记人发出的数量。",
        ),
    ),
    flow(
        "notices.deficient",
        (NoticeFoundDeficient,),
        Words("Notices found deficient", "被认定欠缺的通知"),
        Words(
            "Letters of the period that told the sender what the notice lacks.",
            "报告期内告知发出者通知有何欠缺的次数。",
        ),
    ),
    flow(
        "notices.cured",
        (NoticeAmended,),
        Words("Notices cured", "补正的通知"),
        Words("Cures of deficient notices received in the period.", "报告期内收到的欠缺通知之补正。"),
    ),
    ended(
        "notices",
        words.NOTICE,
        words.ACCEPTED,
        (NoticeAccepted,),
        Words("Notices accepted", "接受的通知"),
        Words(
            "Notices that a person found good in the period, with a measure or with none.",
            "报告期内经人工认定成立的通知，不论是否采取措施。",
        ),
    ),
    ended(
        "notices",
        words.NOTICE,
        words.REJECTED,
        (NoticeRejected,),
        Words("Notices rejected", "驳回的通知"),
        Words(
            "Notices that a person rejected in the period as unfounded on their face.",
            "报告期内经人工认定明显不成立而驳回的通知。",
        ),
    ),
    ended(
        "notices",
        words.NOTICE,
        words.LAPSED,
        (NoticeLapsed,),
        Words("Notices lapsed", "失效的通知"),
        Words("Deficient notices that were not cured in time.", "欠缺而未按期补正的通知。"),
    ),
    ended(
        "notices",
        words.NOTICE,
        words.WITHDRAWN,
        (NoticeWithdrawn,),
        Words("Notices withdrawn", "撤回的通知"),
        Words(
            "Notices that their senders withdrew in the period before they were decided.",
            "报告期内在作出决定之前由发出者撤回的通知。",
        ),
    ),
    ended(
        "notices",
        words.NOTICE,
        words.MOOT,
        (PartiesSettled, UploadWithdrawn),
        Words("Notices that became moot", "失去标的的通知"),
        Words(
            "Notices that ended undecided in the period because the parties settled or the upload was withdrawn.",
            "报告期内因各方和解或上传内容被撤下而未决终结的通知。",
        ),
    ),
    _NOTICES_OPEN[1],
    flow(
        "notices.barred_repeats",
        (RepeatNoticeBarred,),
        Words("Repeat notices barred", "被拒绝的重复通知"),
        Words(
            "Attempts of the period to notify again what a counter-notice had restored at once; they are refused and "
            "do not count as received.",
            "报告期内就反通知已立即恢复的内容再次通知的次数；均被拒绝，不计入收到的通知。",
        ),
    ),
    broken_down(
        "notices.measures.{measure}",
        cells_of("notices.measures"),
        Scope.FLOW,
        (NoticeAccepted,),
        Words("Measures upon notices", "就通知采取的措施"),
        Words("The notices accepted, by the measure taken.", "接受的通知，按所采措施划分。"),
        cells=tuple(measure.value for measure in Measure),
        parent="notices.accepted",
    ),
    broken_down(
        "notices.fate.{notice_fate}",
        cells_of(f"{words.NOTICE}.fate"),
        Scope.COHORT,
        _CHECKED,
        Words("What became of the notices received", "所收通知的处理结果"),
        Words(
            "The notices received in the period by what has become of them as of T.",
            "报告期内收到的通知，按截至T的处理结果划分。",
        ),
        cells=NOTICE_FATES,
        parent="notices.received",
    ),
)


def _waits(inputs: Inputs) -> Value:
    waits = inputs.extract.values.get("counter_notices.wait", ())
    return decimal_value(median_hours(waits), len(waits))


_COUNTERS_OPEN = ends("counter_notices", words.COUNTER_NOTICE, _COUNTERED, Words("Counter-notices", "反通知"))
COUNTER_NOTICES: tuple[Figure, ...] = (
    _COUNTERS_OPEN[0],
    counted(
        "counter_notices.received",
        f"{words.COUNTER_NOTICE}.received",
        Scope.FLOW,
        (CounterNoticeReceived,),
        Words("Counter-notices received", "收到的反通知"),
        Words("Counter-notices of uploaders received in the period.", "报告期内收到的上传用户反通知。"),
    ),
    flow(
        "counter_notices.deficient",
        (CounterNoticeFoundDeficient,),
        Words("Counter-notices found deficient", "被认定欠缺的反通知"),
        Words(
            "Letters of the period that told the uploader what the counter-notice lacks.",
            "报告期内告知上传用户反通知有何欠缺的次数。",
        ),
    ),
    flow(
        "counter_notices.cured",
        (CounterNoticeAmended,),
        Words("Counter-notices cured", "补正的反通知"),
        Words(
            "Cures of deficient counter-notices received in the period.",
            "报告期内收到的欠缺反通知之补正。",
        ),
    ),
    flow(
        "counter_notices.accepted",
        (CounterNoticeAccepted,),
        Words("Counter-notices accepted", "接受的反通知"),
        Words("Counter-notices found complete in the period.", "报告期内认定完备的反通知。"),
    ),
    flow(
        "counter_notices.forwarded",
        (CounterNoticeForwarded,),
        Words("Counter-notices forwarded", "转送的反通知"),
        Words("Counter-notices sent on to the right holder in the period.", "报告期内转送权利人的反通知。"),
    ),
    flow(
        "counter_notices.legal_action_reported",
        (LegalActionReported,),
        Words("Legal action reported", "报告的诉讼或投诉"),
        Words(
            "Reports of the period that the right holder went to court or to the authority, where they stay the wait "
            "that runs or that a counter-notice would start.",
            "报告期内权利人已提起诉讼或投诉的报告，且足以中止正在进行或将因反通知开始的等待期。",
        ),
    ),
    ended(
        "counter_notices",
        words.COUNTER_NOTICE,
        words.AT_ONCE,
        (CounterNoticeAccepted,),
        Words("Restored at once", "立即恢复"),
        Words(
            "Counter-notices that ended the measure at once in the period, as the law of the regime wants.",
            "报告期内依所适用法律立即终止措施的反通知。",
        ),
    ),
    ended(
        "counter_notices",
        words.COUNTER_NOTICE,
        words.AFTER_WAIT,
        (WaitExpired,),
        Words("Restored after the wait", "等待期满后恢复"),
        Words(
            "Counter-notices whose wait ran out in the period without legal action, so that the measure ended.",
            "报告期内等待期届满而无诉讼或投诉、措施因此终止的反通知。",
        ),
    ),
    ended(
        "counter_notices",
        words.COUNTER_NOTICE,
        words.STAYED,
        (LegalActionReported, CounterNoticeAccepted),
        Words("Stayed by legal action", "因诉讼或投诉中止"),
        Words(
            "Counter-notices whose wait legal action stayed in the period; what follows is for others to decide.",
            "报告期内等待期因诉讼或投诉中止的反通知；其后由其他机构决定。",
        ),
    ),
    ended(
        "counter_notices",
        words.COUNTER_NOTICE,
        words.LAPSED,
        (CounterNoticeLapsed,),
        Words("Counter-notices lapsed", "失效的反通知"),
        Words("Deficient counter-notices that were not cured in time.", "欠缺而未按期补正的反通知。"),
    ),
    ended(
        "counter_notices",
        words.COUNTER_NOTICE,
        words.OTHERWISE,
        (NoticeWithdrawn, RulingIssued, PartiesSettled, UploadWithdrawn),
        Words("Ended otherwise", "以其他方式终结"),
        Words(
            "Counter-notices that ended in the period because the notice was withdrawn, a ruling ended the measure, "
            "the parties settled or the upload was withdrawn.",
            "报告期内因通知被撤回、裁决终止措施、各方和解或上传内容被撤下而终结的反通知。",
        ),
    ),
    _COUNTERS_OPEN[1],
    broken_down(
        "counter_notices.fate.{wait_outcome}",
        cells_of(f"{words.COUNTER_NOTICE}.fate"),
        Scope.COHORT,
        _COUNTERED,
        Words("What became of the counter-notices received", "所收反通知的结果"),
        Words(
            "The counter-notices received in the period by how they had ended as of T.",
            "报告期内收到的反通知，按截至T的结果划分。",
        ),
        cells=WAIT_CELLS,
        parent="counter_notices.received",
    ),
    Figure(
        "counter_notices.median_wait_h",
        Words("Median wait in hours", "等待期中位数（小时）"),
        Words(
            "Median hours from the event on which the law of the regime lets the wait begin (delivery to the right "
            "holder or receipt by the platform) to the restoration, over waits that ran out in the period.",
            "就报告期内届满的等待期：自所适用法律规定的起算之时（送达权利人或平台收到）至恢复之小时数的中位数。",
        ),
        Unit.HOURS,
        Scope.FLOW,
        (CounterNoticeReceived, CounterNoticeDelivered, WaitExpired),
        measure=_waits,
    ),
)

WARNINGS: tuple[Figure, ...] = (
    counted(
        "warnings.issued",
        "warnings.issued",
        Scope.COHORT,
        (FilteringDecisionRecorded,),
        Words("Warnings issued", "发出的预警"),
        Words(
            "Decisions of the period that left the upload public with a warning to the right holder.",
            "报告期内使上传内容保持公开并向权利人预警的决定。",
        ),
    ),
    flow(
        "warnings.notified",
        (WarningAnswered,),
        Words("Answered with a notice", "以通知答复"),
        Words("Warnings that right holders answered with a notice in the period.", "报告期内权利人以通知答复的预警。"),
    ),
    flow(
        "warnings.tolerated",
        (WarningAnswered,),
        Words("Tolerated", "予以容忍"),
        Words(
            "Warnings whose use right holders said in the period that they tolerate.",
            "报告期内权利人表示容忍其使用的预警。",
        ),
    ),
    flow(
        "warnings.licensed",
        (WarningAnswered,),
        Words("Licensed", "予以授权"),
        Words("Warnings whose use right holders licensed in the period.", "报告期内权利人就其使用授权的预警。"),
    ),
    flow(
        "warnings.lapsed",
        (WarningLapsed,),
        Words("Lapsed without an answer", "未答复而失效"),
        Words("Warnings that ran out without an answer in the period.", "报告期内期满未获答复的预警。"),
    ),
)
