"""A sample report with every kind of chart in either language, for the tests of the PDF renderer, and a small one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from casework.reports.pdf import Attachment, Progress, render_pdf
from casework.views.language import Language, use_language
from casework.views.templating import build_environment

CREATED = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
ATTACHMENTS = (
    Attachment("figures.csv", "编号,数值\r\ndecisions.total,1204\r\n".encode(), "text/csv", "All figures"),
    Attachment("figures.json", b'{"decisions":{"total":1204}}', "application/json", "All figures, nested"),
)
TITLES = {Language.ZH: "版权过滤透明度报告", Language.EN: "Copyright filtering transparency report"}
SECTIONS = {
    Language.ZH: ["过滤决定", "申诉与质疑", "人工复查", "时限"],
    Language.EN: ["Decisions", "Contests and challenges", "Human review", "Times"],
}
PARTS = (4, 1, 1, 2)
"""How many parts with a chart each section has; the first one has each kind of chart."""

_WORDS = {
    Language.ZH: {
        "lead": "2026年上半年",
        "passage": "本节说明统计期间内平台依照过滤标准作出的决定，以及各方提出的申诉和复查结果。",
        "rare": "㐂菻訟",
        "other": "The English name of this part is given for readers abroad.",
        "other_lang": "en",
        "part": "图表",
        "lawful": "推定合法使用",
        "warning": "侵权预警",
        "infringing": "推定侵权使用",
        "waiting": "等待答复",
        "long": "因体育赛事在发布前由人工进行事前审查的上传内容",
        "upload": "上传内容",
        "work": "权利作品",
        "files": "数据文件",
    },
    Language.EN: {
        "lead": "January to June 2026",
        "passage": "This part counts the decisions of the period and what became of them after contests and review.",
        "rare": "Sub-totals add up.",
        "other": "本报告另有中文版。",
        "other_lang": "zh-Hans-CN",
        "part": "Chart",
        "lawful": "Presumed lawful",
        "warning": "Infringement warning",
        "infringing": "Presumed infringing",
        "waiting": "Waiting for an answer",
        "long": "Held for human review before publication because of a sports event",
        "upload": "Upload",
        "work": "Work",
        "files": "Data files",
    },
}


def sample_html(language: Language) -> str:
    """The HTML of the sample report."""
    environment = build_environment(template_directories=[Path(__file__).parent / "templates"])
    words = _WORDS[language]
    sections = [
        {
            "href": f"#s{number}",
            "text": text,
            "entries": [
                {"href": f"#s{number}p{part}", "text": f"{words['part']} {number}.{part}"}
                for part in range(1, PARTS[number - 1] + 1)
            ],
        }
        for number, text in enumerate(SECTIONS[language], start=1)
    ]
    segment = SimpleNamespace(
        upload_start=Decimal(0), upload_end=Decimal("59.5"), work_start=Decimal(610), work_end=Decimal("669.5")
    )
    with use_language(language):
        return environment.get_template("sample_report.html").render(
            t=words,
            title=TITLES[language],
            moment=CREATED.date().isoformat(),
            sections=sections,
            segments=[segment],
            files=ATTACHMENTS,
        )


def sample_pdf(language: Language, progress: Progress | None = None) -> bytes:
    """The sample report as PDF."""
    return render_pdf(
        sample_html(language),
        language=language,
        title=TITLES[language],
        created=CREATED,
        attachments=ATTACHMENTS,
        progress=progress,
    )


def small_pdf() -> bytes:
    """Two pages with all that a report has but charts: headings, a table, Chinese, running heads, files inside."""
    table = "<table><thead><tr><th>编号</th></tr></thead><tbody><tr><th>decisions.total</th></tr></tbody></table>"
    body = f'<h1>报告</h1><h2>过滤决定</h2>{table}<h2 style="break-before: page">申诉与质疑</h2><p>无。</p>'
    html = f'<!DOCTYPE html><html lang="zh-Hans-CN"><title>报告</title><body>{body}</body></html>'
    return render_pdf(html, language=Language.ZH, title="报告", created=CREATED, attachments=ATTACHMENTS)
