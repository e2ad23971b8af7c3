"""What was found, in sentences, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casework_verify.comparison import Difference, shown
from casework_verify.findings import Findings, Remark

LANGUAGES = ("en", "zh")
MOST = 200
"""Differences that are told in words; JSON has all."""

_DIFFERENCES: Mapping[str, tuple[str, str]] = {
    "figure_differs": (
        "{where}: reported {reported}, recomputed {recomputed}",
        "{where}：报告为 {reported}，重算为 {recomputed}",
    ),
    "figure_unknown": (
        "{where}: reported {reported}, but there is no such figure",
        "{where}：报告为 {reported}，但并无此数字",
    ),
    "figure_missing": (
        "{where}: not in the report, recomputed {recomputed}",
        "{where}：报告中没有，重算为 {recomputed}",
    ),
    "definition_differs": (
        "definition of {where}: reported {reported}, should be {recomputed}",
        "{where} 的定义：报告为 {reported}，应为 {recomputed}",
    ),
    "comparison_differs": (
        "{where}: reported {reported}, recomputed {recomputed}",
        "{where}：报告为 {reported}，重算为 {recomputed}",
    ),
    "fact_wrong": ("fact {fact} cannot be right: it {recomputed}", "第 {fact} 条事实不可能正确：{recomputed}"),
    "report_unreadable": ("the report cannot be read: {recomputed}", "报告无法读取：{recomputed}"),
    "newer_report": (
        "this report needs a newer casework-verify: {where} is {reported}, this one knows it up to {recomputed}",
        "核验本报告需要更新版本的 casework-verify：{where} 为 {reported}，本程序只认识到 {recomputed}",
    ),
    "log_missing": ("the report names no checkpoint of the log", "报告没有写明日志的检查点"),
    "checkpoint_differs": (
        "{where} does not fit the signed checkpoint: reported {reported}, signed {recomputed}",
        "{where} 与已签名的检查点不符：报告为 {reported}，签名为 {recomputed}",
    ),
    "signature_wrong": (
        "signature wrong: {where} is not signed by a key that is trusted",
        "签名有误：{where} 没有受信任密钥的有效签名",
    ),
    "report_changed": (
        "the part “{where}” of the report is not what was signed",
        "报告的“{where}”部分与签名时不同",
    ),
    "root_differs": (
        "the facts lead to another root than the one signed: signed {reported}, recomputed {recomputed}",
        "由事实算出的根与签名的根不同：签名为 {reported}，重算为 {recomputed}",
    ),
    "parts_differ": (
        "the hashes of parts of the log in the report do not lead to the signed root",
        "报告所列日志各段的散列值与签名的根不符",
    ),
    "facts_missing": (
        "the checkpoint covers {reported} facts, but there are {recomputed}",
        "检查点含 {reported} 条事实，但只有 {recomputed} 条",
    ),
    "facts_end_early": (
        "there are only the first {recomputed} of {reported} facts, all right; the rest may wait for sealed rulings",
        "{reported} 条事实中只有前 {recomputed} 条，均无误；其余可能因裁决尚未开封而暂缓公布，无法据以重算",
    ),
    "fact_changed": ("fact {fact} was changed", "第 {fact} 条事实被改动"),
    "fact_dropped": ("fact {fact} was dropped", "第 {fact} 条事实被删去"),
    "fact_added": ("the fact in place {fact} was put in", "第 {fact} 位的事实是后来加入的"),
    "fact_moved": ("fact {fact} was moved to place {recomputed}", "第 {fact} 条事实被移到第 {recomputed} 位"),
    "facts_differ": (
        "something is wrong from fact {fact} to fact {recomputed}",
        "第 {fact} 条至第 {recomputed} 条事实中有误",
    ),
    "fact_left_out": (
        "fact {fact} was recorded by T, but the checkpoint leaves it out",
        "第 {fact} 条事实在截止时刻之前已记录，但检查点未包含它",
    ),
    "fact_left_out_before": (
        "fact {fact} was recorded by the T of the earlier report, but the checkpoint of that report leaves it out",
        "第 {fact} 条事实在先前报告的截止时刻之前已记录，但该报告的检查点未包含它",
    ),
    "consistency_differs": (
        "the log is not the one of the earlier report ({where}: then {reported}, now {recomputed})",
        "日志不是先前报告的日志（{where}：当时 {reported}，现在 {recomputed}）",
    ),
    "witness_missing": ("the witness {where} has not signed this checkpoint", "见证人 {where} 没有签署此检查点"),
    "receipt_differs": ("{where}: {recomputed}", "回执（{where}）不符：{recomputed}"),
    "pdf_signature_wrong": ("the signature of the PDF is wrong: {recomputed}", "PDF 的签名有误：{recomputed}"),
    "file_differs": (
        "{where}: the table says {reported}, the data say {recomputed}",
        "{where}：表格为 {reported}，数据为 {recomputed}",
    ),
    "event_differs": (
        "the stored event at position {where} is not the one of fact {fact}: {recomputed}",
        "位置 {where} 存储的事件与第 {fact} 条事实不符：{recomputed}",
    ),
}

_REMARKS: Mapping[str, tuple[str, str]] = {
    "key_on_trust": (
        "the key was taken on trust from the report itself; get it another way and give it with --key: {key}",
        "密钥取自报告本身，未经核实；请另行取得并以 --key 指定：{key}",
    ),
    "facts_beyond": (
        "there are {facts} facts; the checkpoint covers the first {size}, the rest came later",
        "共有 {facts} 条事实；检查点含前 {size} 条，其余为之后所加",
    ),
    "consistent": (
        "the first {size} facts are those of the earlier checkpoint ({where})",
        "前 {size} 条事实与先前的检查点一致（{where}）",
    ),
    "witnessed": ("the witness {witness} has signed this checkpoint", "见证人 {witness} 已签署此检查点"),
    "hashes_of_no_use": (
        "the file of hashes does not lead to the signed root and was left aside",
        "散列值文件与签名的根不符，未采用",
    ),
    "receipt_counted": (
        "what the receipt stands for is fact {fact}, and is counted",
        "回执对应第 {fact} 条事实，已计入",
    ),
    "receipt_later": (
        "what the receipt stands for is fact {fact}; the report ends at {size} facts",
        "回执对应第 {fact} 条事实；报告只计到 {size} 条",
    ),
    "older_rules": (
        "the report was made by earlier rules than those of today, and is held against them: {rules}",
        "本报告依当时的规则制作，也按当时的规则核验：{rules}",
    ),
    "pdf_unsigned": ("the PDF is not signed", "PDF 没有签名"),
    "pdf_signed": (
        "the PDF is signed by {signer}; is that the platform? Fingerprint of the certificate: {fingerprint}",
        "PDF 由 {signer} 签名；请比对证书指纹以确认是否为该平台：{fingerprint}",
    ),
    "pdf_pages": (
        "checked were the data attached to the PDF; that its pages show them, see yourself: {figures}",
        "核验的是 PDF 所附数据；页面是否与之一致，请自行比对：{figures}",
    ),
}

_VERDICT = {
    True: (
        "match: {figures} figures counted again from {facts} facts, and all of them agree",
        "相符：由 {facts} 条事实重算 {figures} 个数字，全部一致",
    ),
    False: ("it does not match; differences: {count}", "不符：共 {count} 处差异"),
}
_MORE = ("and {count} more; --json has all", "另有 {count} 处；--json 列出全部")
_PROBLEMS = (
    ("is no public fact", "不是公开事实"),
    ("lacks keys or has unknown ones", "缺少字段或有多余字段"),
    ("says that it is number", "自称序号为"),
    ("has the topic", "主题为"),
    (", which this program does not know", "，本程序不认识"),
    ("has version", "版本为"),
    ("; this program knows", "；本程序只认识"),
    ("cannot follow what was before it", "不可能接在先前的事实之后"),
    ("begins a case that has begun before", "开始了一个早已开始的案件"),
    ("is number", "序号为"),
    (" of its case, after number ", "（本案之内），前一条为 "),
    (" of its stream, after number ", "（本流之内），前一条为 "),
    ("nothing", "无"),
)


def say_difference(one: Difference, language: str) -> str:
    """A difference as one line."""
    values = {
        "where": one.where,
        "fact": one.fact,
        "reported": _value(one.reported, language),
        "recomputed": _value(one.recomputed, language),
    }
    return _DIFFERENCES[one.kind][LANGUAGES.index(language)].format(**values)


def say_remark(one: Remark, language: str) -> str:
    """A remark as one line."""
    return _REMARKS[one.kind][LANGUAGES.index(language)].format(**one.values)


def say(found: Findings, language: str) -> list[str]:
    """Everything that was found, a line each, the verdict last."""
    place = LANGUAGES.index(language)
    told = [say_difference(one, language) for one in found.differences[:MOST]]
    if len(found.differences) > MOST:
        told.append(_MORE[place].format(count=len(found.differences) - MOST))
    told.extend(say_remark(one, language) for one in found.remarks)
    verdict = _VERDICT[not found.differences][place]
    told.append(verdict.format(figures=found.figures, facts=found.facts, count=len(found.differences)))
    return [_printable(line) for line in told]


def _printable(line: str) -> str:
    """Without what a hostile report could do to a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _value(value: Any, language: str) -> str:
    text = value if isinstance(value, str) else shown(value)
    if language == "zh" and (value is None or isinstance(value, str)):
        for english, chinese in _PROBLEMS:
            text = text.replace(english, chinese)
    return text


def kinds() -> tuple[frozenset[str], frozenset[str]]:
    """Every kind of difference and of remark that there are words for."""
    return frozenset(_DIFFERENCES), frozenset(_REMARKS)
