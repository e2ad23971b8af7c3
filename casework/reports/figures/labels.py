"""The names of cells in both languages: what a code such as ``band_high`` is called in a report."""

from __future__ import annotations

from collections.abc import Mapping

from casework.domain.case.bases import BASIS_NAMES
from casework.reports.figures.values import Words

_RULINGS = {
    "upheld": Words("Upheld", "维持"),
    "partially_reversed": Words("Partially reversed", "部分撤销"),
    "reversed": Words("Reversed", "撤销"),
}
_GROUNDS = {
    "statutory_exception": Words("Statutory exception", "法定例外"),
    "licensed": Words("Licensed", "已获授权"),
    "public_domain": Words("Public domain", "公有领域"),
    "own_work": Words("Own work", "自有作品"),
}
_BANDS = {f"{low:02d}_{low + 10}": Words(f"{low}–{low + 10} %", f"{low}–{low + 10}%") for low in range(0, 100, 10)}

WAITING_DAYS = 14
"""How many days the curve of waiting appeals shows."""

_WAYS = {
    "restricted": Words("restricted", "受限"),
    "public": Words("public", "公开"),
    "appealed": Words("appealed", "有申诉或质疑"),
    "not_appealed": Words("not appealed", "无申诉或质疑"),
    "reversed": Words("reversed", "已撤销"),
    "stands": Words("stands", "仍有效"),
}

_ACTED = {"restricted": Words("restricted", "受限"), "passed": Words("passed", "通过")}
_TRUTHS = {
    "infringing": Words("infringing", "侵权"),
    "lawful": Words("lawful", "合法"),
    "cannot_tell": Words("cannot tell", "无法判断"),
}

LABELS: Mapping[str, Mapping[str, Words]] = {
    "outcome": {
        "cleared": Words("Cleared", "放行"),
        "presumed_lawful": Words("Presumed lawful", "推定合法使用"),
        "marked_lawful": Words("Marked lawful", "标记为合法使用"),
        "warning": Words("Infringement warning", "侵权预警"),
        "presumed_infringing": Words("Presumed infringing", "推定侵权使用"),
        "prior_review": Words("Prior human review", "事前人工审查"),
    },
    "rule": {
        "order": Words("Order of a court or authority", "法院或主管部门命令"),
        "no_block": Words("No-block list or licence", "禁止拦截名单或授权"),
        "prior_review": Words("Prior human review", "事前人工审查"),
        "marked": Words("Lawful-use mark", "合法使用标记"),
        "de_minimis": Words("De-minimis use", "少量使用"),
        "overlap_limit": Words("Overlap limit", "重合限额"),
        "name_only": Words("Name only", "仅名称命中"),
        "band_low": Words("Low band", "低档"),
        "band_middle": Words("Middle band", "中档"),
        "band_high": Words("High band", "高档"),
    },
    "medium": {
        "text": Words("Text", "文字"),
        "audio": Words("Audio", "音频"),
        "image": Words("Image", "图像"),
        "video": Words("Video", "视频"),
    },
    "method": {
        "hash": Words("Exact hash", "精确哈希"),
        "metadata": Words("Metadata", "元数据"),
        "keyword": Words("Keyword", "关键词"),
        "fingerprint": Words("Fingerprint", "指纹"),
    },
    "band": {**_BANDS, "unknown": Words("No share", "无比例")},
    "cause": {
        "ruling": Words("Ruling on a contest", "申诉裁决"),
        "prior_review": Words("Prior review", "事前审查"),
        "counter_notice": Words("Counter-notice", "反通知"),
        "external_body": Words("External body", "外部机构"),
        "court": Words("Court or authority", "法院或主管部门"),
        "correction": Words("Own correction", "自行更正"),
    },
    "restricting": {
        "ruling": Words("Ruling", "裁决"),
        "urgent_block": Words("Urgent block", "紧急拦截"),
        "settlement": Words("Settlement", "和解"),
    },
    "level_fate": {**_RULINGS, "by_default": Words("By default", "缺席裁决")},
    "reopening": {
        "new_evidence": Words("New evidence", "新证据"),
        "reference_withdrawn": Words("Reference withdrawn", "参考样本被撤回"),
        "ownership_false": Words("Ownership found false", "权属不实"),
        "audit_disagreement": Words("Audit disagreed", "抽查意见不一"),
    },
    "measure": {
        "none": Words("No measure", "不采取措施"),
        "label": Words("Label", "标注"),
        "demote": Words("Demotion", "降低推荐"),
        "block": Words("Block", "拦截"),
    },
    "notice_fate": {
        "accepted": Words("Accepted", "接受"),
        "rejected": Words("Rejected", "驳回"),
        "lapsed": Words("Lapsed", "失效"),
        "withdrawn": Words("Withdrawn", "撤回"),
        "moot": Words("Moot", "失去标的"),
        "pending": Words("Pending", "未结"),
    },
    "wait_outcome": {
        "restored_at_once": Words("Restored at once", "立即恢复"),
        "restored_after_wait": Words("Restored after the wait", "等待期满后恢复"),
        "stayed": Words("Stayed by legal action", "因诉讼或投诉中止"),
        "lapsed": Words("Lapsed", "失效"),
        "ended_otherwise": Words("Ended otherwise", "以其他方式终结"),
        "pending": Words("Pending", "未结"),
    },
    "path": {
        f"{first}/{middle}/{last}": Words(" / ".join(w.en for w in way), " / ".join(w.zh for w in way))
        for first, middle, last, way in (
            (first, middle, last, (_WAYS[first], _WAYS[middle], _WAYS[last]))
            for first, ends in (("restricted", ("reversed", "stands")), ("public", ("restricted", "public")))
            for middle in ("appealed", "not_appealed")
            for last in ends
        )
    },
    "day": {
        str(day): Words(f"after {day} day{'' if day == 1 else 's'}", f"{day}日后") for day in range(WAITING_DAYS + 1)
    },
    "right": {
        "marking": Words("Marking", "标记"),
        "notices": Words("Notices", "通知"),
        "urgent_measures": Words("Urgent measures", "紧急措施"),
        "appeals": Words("Appeals", "申诉与质疑"),
        "manual_claims": Words("Manual claims", "人工主张"),
        "automatic_blocking": Words("Automatic blocking", "自动拦截"),
    },
    "order": {"interim": Words("Interim", "临时"), "final": Words("Final", "终局")},
    "ruling": _RULINGS,
    "fate": {
        **_RULINGS,
        "by_default": Words("By default", "缺席裁决"),
        "omitted": Words("Closed without a ruling", "未作裁决而终结"),
        "pending": Words("Pending", "未结"),
    },
    "contest_ground": {
        **_GROUNDS,
        "misidentification": Words("Misidentification", "识别错误"),
        "wrong_share": Words("Wrong share", "比例错误"),
        "other": Words("Other", "其他"),
    },
    "challenge_ground": {
        "no_exception": Words("No exception applies", "不适用例外"),
        "no_licence": Words("No licence", "未获授权"),
        "not_public_domain": Words("Not public domain", "非公有领域"),
        "not_own_work": Words("Not own work", "非自有作品"),
        "commercial_use": Words("Commercial use", "商业使用"),
        "wrong_share": Words("Wrong share", "比例错误"),
        "other": Words("Other", "其他"),
        "urgent_block": Words("Urgent block", "紧急拦截"),
    },
    "within": {
        "within_24h": Words("Within 24 hours", "24小时以内"),
        "within_48h": Words("24 to 48 hours", "24至48小时"),
        "within_7d": Words("48 hours to 7 days", "48小时至7日"),
        "later": Words("Later", "更晚"),
    },
    "overdue": {
        "up_to_7d": Words("Up to 7 days", "7日以内"),
        "up_to_30d": Words("Up to 30 days", "30日以内"),
        "over_30d": Words("Over 30 days", "超过30日"),
    },
    "sided": {
        "first": Words("The first ruling", "先提交的裁决"),
        "second": Words("The second ruling", "后提交的裁决"),
        "neither": Words("Neither", "均不采"),
    },
    "pair": {
        f"{first}/{second}": Words(f"{a.en} / {b.en.lower()}", f"{a.zh} / {b.zh}")
        for first, a in _RULINGS.items()
        for second, b in _RULINGS.items()
    },
    "design": {
        "simple": Words("Simple", "简单随机"),
        "stratified": Words("Stratified", "分层"),
        "weighted": Words("Weighted by size", "按规模加权"),
    },
    "found": {
        f"{acted}/{truth}": Words(f"{a.en} / {t.en}", f"{a.zh} / {t.zh}")
        for acted, a in _ACTED.items()
        for truth, t in _TRUTHS.items()
    },
    "label_pair": {
        f"{first}/{second}": Words(f"{a.en} / {b.en}", f"{a.zh} / {b.zh}")
        for first, a in _TRUTHS.items()
        for second, b in _TRUTHS.items()
    },
    "rejection": {
        "warning_letter_only": Words("Warning letter only", "仅有预警函"),
        "ownership_not_shown": Words("Ownership not shown", "未证明权属"),
        "work_not_identifiable": Words("Work not identifiable", "作品无法识别"),
        "work_not_protected": Words("Work not protected", "作品不受保护"),
        "misleading": Words("Misleading", "误导性陈述"),
    },
    "basis": _GROUNDS,
    "basis_code": {code: Words(name.en, name.zh) for code, name in BASIS_NAMES.items()},
}


def label_of(dimension: str | None, cell: str) -> Words:
    """The name of a cell; codes that have no name of their own, such as an engine's, stand for themselves."""
    return LABELS.get(dimension or "", {}).get(cell, Words(cell, cell))
