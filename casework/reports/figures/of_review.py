"""The figures ``review`` of the registry: panels, their agreement, and the people who rule."""

from __future__ import annotations

from casework.domain.case.events import (
    BarredReviewerRefused,
    ReviewerRecused,
    ReviewerReleased,
    RulingsOpened,
    RulingSubmitted,
)
from casework.reports.figures import statistics
from casework.reports.figures.building import broken_down, cells_of, counted, number, share
from casework.reports.figures.of_appeals import OUTCOME_CELLS
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words

PAIR_CELLS = tuple(f"{first}/{second}" for first in OUTCOME_CELLS for second in OUTCOME_CELLS)
_OPENED = (RulingsOpened,)


def _pairs(inputs: Inputs, agree: bool) -> int:
    pairs = inputs.cells("review.first_rulings").items()
    return sum(amount for pair, amount in pairs if (len(set(pair.split("/"))) == 1) is agree)


def _kappa(inputs: Inputs) -> Value:
    pairs = inputs.cells("review.first_rulings")
    table = [[pairs.get(f"{first}/{second}", 0) for second in OUTCOME_CELLS] for first in OUTCOME_CELLS]
    value, interval = statistics.kappa(table)
    return Value(value, None, sum(map(sum, table)), interval)


def _reviewer_days(inputs: Inputs) -> int:
    return sum(inputs.extract.days.get("review.rulings_by", {}).values())


def _rulings_a_day(inputs: Inputs) -> Value:
    rulings, days = inputs.total("review.rulings_by"), _reviewer_days(inputs)
    return Value(statistics.ratio(rulings, days), rulings, days)


REVIEW: tuple[Figure, ...] = (
    counted(
        "review.panels",
        "review.first_rulings",
        Scope.FLOW,
        _OPENED,
        Words("Panels", "合议组"),
        Words(
            "Panels whose two first rulings were opened in the period.",
            "报告期内两份首次裁决均已启封的合议组。",
        ),
    ),
    number(
        "review.agreed",
        lambda inputs: Value(_pairs(inputs, True)),
        Scope.FLOW,
        _OPENED,
        Words("Panels that agreed", "意见一致的合议组"),
        Words("Both first rulings had the same outcome.", "两份首次裁决结果相同。"),
    ),
    number(
        "review.disagreed",
        lambda inputs: Value(_pairs(inputs, False)),
        Scope.FLOW,
        _OPENED,
        Words("Panels that disagreed", "意见不一的合议组"),
        Words("The two first rulings had different outcomes.", "两份首次裁决结果不同。"),
    ),
    broken_down(
        "review.first_rulings.{pair}",
        cells_of("review.first_rulings"),
        Scope.FLOW,
        _OPENED,
        Words("First rulings by pair", "首次裁决组合"),
        Words(
            "Panels by the outcome of the ruling submitted first and of the one submitted second.",
            "合议组，按先提交与后提交裁决的结果划分。",
        ),
        cells=PAIR_CELLS,
        parent="review.panels",
    ),
    share(
        "review.agreement_rate",
        ("review.agreed",),
        "review.panels",
        Scope.FLOW,
        _OPENED,
        Words("Agreement of first rulings", "首次裁决一致率"),
        Words(
            "Panels that agreed divided by panels; Wilson's 95 % interval.",
            "意见一致的合议组除以合议组；威尔逊95%区间。",
        ),
    ),
    Figure(
        "review.kappa",
        Words("Cohen's kappa of first rulings", "首次裁决的科恩卡帕系数"),
        Words(
            "Agreement beyond chance on the three outcomes, between the ruling submitted first and the other; 95 % "
            "interval by the standard error of Fleiss, Cohen and Everitt.",
            "就三种结果，先提交与后提交裁决之间超出偶然的一致程度；95%区间依弗莱斯、科恩与埃弗里特的标准误。",
        ),
        Unit.COEFFICIENT,
        Scope.FLOW,
        _OPENED,
        measure=_kappa,
        interval="Fleiss, Cohen and Everitt 95 %",
    ),
    counted(
        "review.re_reviews",
        "review.sided",
        Scope.FLOW,
        _OPENED,
        Words("Re-reviews", "复审"),
        Words("Rulings by a third reviewer, opened in the period.", "报告期内启封的第三名审查员裁决。"),
    ),
    broken_down(
        "review.re_review_sided_with.{sided}",
        cells_of("review.sided"),
        Scope.FLOW,
        _OPENED,
        Words("Whom the re-review followed", "复审所采意见"),
        Words(
            "Re-reviews with the outcome of the ruling submitted first, of the one submitted second, or of neither.",
            "复审结果与先提交的裁决相同、与后提交的相同或与两者均不同。",
        ),
        cells=("first", "second", "neither"),
        parent="review.re_reviews",
    ),
    number(
        "review.reviewers_active",
        lambda inputs: Value(len(inputs.cells("review.rulings_by"))),
        Scope.FLOW,
        (RulingSubmitted,),
        Words("Reviewers active", "参与的审查员"),
        Words("Different people who submitted a ruling in the period.", "报告期内提交过裁决的不同人员数。"),
    ),
    Figure(
        "review.rulings_per_reviewer_day",
        Words("Rulings a reviewer a day", "审查员日均裁决数"),
        Words(
            "Rulings submitted divided by the pairs of reviewer and day with at least one ruling.",
            "所提交裁决数除以有裁决的“审查员—日”数。",
        ),
        Unit.COEFFICIENT,
        Scope.FLOW,
        (RulingSubmitted,),
        measure=_rulings_a_day,
    ),
    counted(
        "review.recusals",
        "review.recusals",
        Scope.FLOW,
        (ReviewerRecused,),
        Words("Recusals", "回避"),
        Words("Reviewers who stepped back from a case in the period.", "报告期内审查员自行回避的次数。"),
    ),
    counted(
        "review.releases",
        "review.releases",
        Scope.FLOW,
        (ReviewerReleased,),
        Words("Reviewers taken off a case", "被撤换的审查员"),
        Words(
            "Reviewers who were taken off a case in the period before they ruled.",
            "报告期内在作出裁决之前被撤换的审查员人次。",
        ),
    ),
    counted(
        "review.conflicts_barred",
        "review.conflicts_barred",
        Scope.FLOW,
        (BarredReviewerRefused,),
        Words("Barred reviewers refused", "被阻止的审查员"),
        Words(
            "Attempts of the period to seat a reviewer who may not decide the case, or of such a one to rule; all were "
            "refused.",
            "报告期内试图指派不得裁决该案的审查员、或此类审查员试图裁决的次数，均被拒绝。",
        ),
    ),
    broken_down(
        "review.basis.{basis_code}",
        cells_of("review.basis"),
        Scope.FLOW,
        _OPENED,
        Words("Rulings by statutory basis", "按法定依据划分的裁决"),
        Words(
            "Rulings opened in the period that rely on each basis. One may rely on several, so they do not add up.",
            "报告期内启封的裁决中依据各条的数量。一份裁决可依据多条，故不相加。",
        ),
    ),
)
