"""The figures ``audit`` of the registry: what random samples say of the decisions, beside what appeals say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from casework.domain.sample.events import AuditLabelsOpened, SampleDrawn
from casework.domain.sample.values import Acted, Design, Truth
from casework.reports.figures import statistics
from casework.reports.figures.building import broken_down, cells_of, counted, number
from casework.reports.figures.estimates import Drawn, Estimate, Labelled, Test, estimate
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words

DESIGN_CELLS = tuple(design.value for design in Design)
TRUTH_CELLS = tuple(truth.value for truth in Truth)
FOUND_CELLS = tuple(f"{acted.value}/{truth.value}" for acted in Acted for truth in Truth)
PAIR_CELLS = tuple(f"{platform}/{regulator}" for platform in TRUTH_CELLS for regulator in TRUTH_CELLS)
INTERVAL = "Wilson 95 %, of the effective sample size where probabilities or strata differ"
_DRAWN = (SampleDrawn,)
_LABELLED = (SampleDrawn, AuditLabelsOpened)

_TRUE_EN = (
    " Truth is what a person found who did not know the decision: the regulator's label where there is one, otherwise"
    " the officer's; cases that nobody could tell of are left out."
)
_TRUE_ZH = "真实情况指不知晓决定者所作的认定：有监管方标注的以其为准，否则以平台专员标注为准；无法判断的案件不计入。"
_WEIGHTED_EN = (
    " Weighted by inclusion probability, over all samples drawn in the period; the denominator is the number of"
    " labelled cases that it rests on."
)
_WEIGHTED_ZH = "按入样概率加权，涵盖报告期内抽取的全部样本；分母为所依据的已标注案件数。"


def drawn_of(cells: Mapping[str, int]) -> list[Drawn]:
    """The drawn cases of a period, from the counter ``audit.drawn``."""
    found = []
    for cell, cases in cells.items():
        sample, stratum, _probability, _acted = cell.split("|")
        found.append(Drawn((sample, stratum), cases))
    return found


def labelled_of(cells: Mapping[str, int]) -> list[Labelled]:
    """The labelled cases of a period, from the counter ``audit.labels``."""
    found = []
    for cell, cases in cells.items():
        sample, stratum, probability, acted, truth = cell.split("|")
        found.append(Labelled((sample, stratum), Fraction(probability), Acted(acted), Truth(truth), cases))
    return found


def _everything(acted: Acted, truth: Truth) -> bool:
    return True


def _restricted(acted: Acted, truth: Truth) -> bool:
    return acted is Acted.RESTRICTED


def _passed(acted: Acted, truth: Truth) -> bool:
    return acted is Acted.PASSED


def _lawful(acted: Acted, truth: Truth) -> bool:
    return truth is Truth.LAWFUL


def _infringing(acted: Acted, truth: Truth) -> bool:
    return truth is Truth.INFRINGING


def _right(acted: Acted, truth: Truth) -> bool:
    return (acted is Acted.RESTRICTED) == (truth is Truth.INFRINGING)


ESTIMATES: Mapping[str, tuple[Test, Test]] = {
    "false_block_rate": (_restricted, _lawful),
    "missed_infringement_rate": (_passed, _infringing),
    "precision": (_restricted, _infringing),
    "recall": (_infringing, _restricted),
    "accuracy": (_everything, _right),
}
"""What each estimate is a share of, and what it counts there."""


def estimates_of(drawn: list[Drawn], labelled: list[Labelled]) -> Mapping[str, Estimate]:
    """Every estimate by name, for one sample or for all of a period."""
    return {name: estimate(drawn, labelled, inside, hit) for name, (inside, hit) in ESTIMATES.items()}


def kappa_of(pairs: Mapping[str, int]) -> Value:
    """Cohen's kappa of the labels of both sides, from the counts of their pairs."""
    table = [[pairs.get(f"{first}/{second}", 0) for second in TRUTH_CELLS] for first in TRUTH_CELLS]
    value, interval = statistics.kappa(table)
    return Value(value, None, sum(map(sum, table)), interval)


def _measure(name: str) -> Callable[[Inputs], Value]:
    inside, hit = ESTIMATES[name]

    def measure(inputs: Inputs) -> Value:
        drawn, labelled = drawn_of(inputs.cells("audit.drawn")), labelled_of(inputs.cells("audit.labels"))
        found = estimate(drawn, labelled, inside, hit)
        return Value(found.value, None, found.cases, found.interval)

    return measure


def _found(inputs: Inputs) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for one in labelled_of(inputs.cells("audit.labels")):
        cell = f"{one.acted.value}/{one.truth.value}"
        found[cell] = found.get(cell, 0) + one.cases
    return found


def _estimate(name: str, label: Words, definition: Words) -> Figure:
    words = Words(definition.en + _WEIGHTED_EN + _TRUE_EN, definition.zh + _WEIGHTED_ZH + _TRUE_ZH)
    return Figure(
        f"audit.{name}",
        label,
        words,
        Unit.SHARE,
        Scope.FLOW,
        _LABELLED,
        measure=_measure(name),
        interval=INTERVAL,
    )


AUDIT: tuple[Figure, ...] = (
    counted(
        "audit.samples",
        "audit.samples",
        Scope.FLOW,
        _DRAWN,
        Words("Audit samples", "抽样监测样本"),
        Words(
            "Random samples of decisions that were drawn in the period, from a seed that nobody could choose.",
            "报告期内抽取的决定随机样本，其种子非任何人所能选定。",
        ),
    ),
    broken_down(
        "audit.by_design.{design}",
        cells_of("audit.samples"),
        Scope.FLOW,
        _DRAWN,
        Words("Samples by design", "按抽样设计划分的样本"),
        Words(
            "Simple: all decisions alike. Stratified: apart by outcome, medium or share. Weighted: with a probability"
            " in proportion to the share band.",
            "简单随机：各决定机会均等。分层：按结果、媒介或占比分别抽取。按规模加权：概率与占比档位成正比。",
        ),
        cells=DESIGN_CELLS,
        parent="audit.samples",
    ),
    counted(
        "audit.sampled",
        "audit.drawn",
        Scope.FLOW,
        _DRAWN,
        Words("Cases sampled", "抽中的案件"),
        Words("Cases in these samples; one in two samples counts twice.", "上述样本中的案件；入两份样本者计两次。"),
    ),
    counted(
        "audit.labelled",
        "audit.labels",
        Scope.FLOW,
        _LABELLED,
        Words("Cases labelled", "已标注的案件"),
        Words(
            "Of the cases sampled, those whose labels were opened by T.",
            "抽中的案件中，截至T标注已启封者。",
        ),
    ),
    broken_down(
        "audit.found.{found}",
        _found,
        Scope.FLOW,
        _LABELLED,
        Words("Decision and truth", "决定与真实情况"),
        Words(
            "Cases labelled, by what the decision did and what was found true; plain counts, not weighted." + _TRUE_EN,
            "已标注的案件，按决定的作用与认定的真实情况划分；仅为计数，未加权。" + _TRUE_ZH,
        ),
        cells=FOUND_CELLS,
        parent="audit.labelled",
    ),
    _estimate(
        "false_block_rate",
        Words("False blocks (estimate)", "错误拦截率（估计）"),
        Words(
            "Of the decisions that held or blocked the upload, the share in which the use was lawful.",
            "在暂缓或拦截上传内容的决定中，使用实属合法者的比例。",
        ),
    ),
    _estimate(
        "missed_infringement_rate",
        Words("Missed infringements (estimate)", "漏判率（估计）"),
        Words(
            "Of the decisions that let the upload pass, the share in which the use infringed.",
            "在放行上传内容的决定中，使用实属侵权者的比例。",
        ),
    ),
    _estimate(
        "precision",
        Words("Precision (estimate)", "精确率（估计）"),
        Words(
            "Of the decisions that held or blocked the upload, the share in which the use infringed.",
            "在暂缓或拦截上传内容的决定中，使用实属侵权者的比例。",
        ),
    ),
    _estimate(
        "recall",
        Words("Recall (estimate)", "召回率（估计）"),
        Words(
            "Of the decisions on uses that infringed, the share that held or blocked the upload.",
            "在使用实属侵权的决定中，暂缓或拦截上传内容者的比例。",
        ),
    ),
    _estimate(
        "accuracy",
        Words("Accuracy (estimate)", "准确率（估计）"),
        Words(
            "The share of decisions that held or blocked an infringing use, or let a lawful one pass.",
            "对侵权使用予以暂缓或拦截、或对合法使用予以放行的决定所占比例。",
        ),
    ),
    number(
        "audit.labelled_twice",
        lambda inputs: Value(inputs.total("audit.pairs")),
        Scope.FLOW,
        _LABELLED,
        Words("Cases labelled by both sides", "双方均标注的案件"),
        Words(
            "Cases labelled by an officer and by the regulator, neither knowing of the other.",
            "平台专员与监管方互不知情而均作标注的案件。",
        ),
    ),
    broken_down(
        "audit.label_pairs.{label_pair}",
        cells_of("audit.pairs"),
        Scope.FLOW,
        _LABELLED,
        Words("Labels of both sides", "双方标注组合"),
        Words(
            "These cases by the label of the officer and that of the regulator.",
            "上述案件，按平台专员与监管方的标注划分。",
        ),
        cells=PAIR_CELLS,
        parent="audit.labelled_twice",
    ),
    Figure(
        "audit.kappa",
        Words("Cohen's kappa of both sides' labels", "双方标注的科恩卡帕系数"),
        Words(
            "Agreement beyond chance between the labels of officers and of the regulator, on infringing, lawful and "
            "cannot tell; 95 % interval by the standard error of Fleiss, Cohen and Everitt.",
            "平台专员与监管方就侵权、合法、无法判断所作标注之间超出偶然的一致程度；95%区间依弗莱斯、科恩与埃弗里特的标准误。",
        ),
        Unit.COEFFICIENT,
        Scope.FLOW,
        _LABELLED,
        measure=lambda inputs: kappa_of(inputs.cells("audit.pairs")),
        interval="Fleiss, Cohen and Everitt 95 %",
    ),
)
