"""A page with every component on it, in both languages, served under the policy of the product, for the look tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment

from casework.views.language import Language, use_language
from casework.views.templating import (
    VENDOR_DIRECTORY,
    NavigationItem,
    PageRequest,
    SignedIn,
    build_environment,
    use_page_request,
)

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_ENGLISH = {
    "heading": "Your upload was blocked",
    "error": "Say why the use is lawful",
    "action": "Answer the warning by 3 March 2026, 18:00 Beijing time: 2 days left",
    "detail": "Most uploads stay public; one in ten is blocked.",
    "link": "Contest the decision",
    "lawful": "Presumed lawful",
    "warning": "Infringement warning",
    "infringing": "Presumed infringing",
    "open": "Under review",
    "waiting": "Waiting for the right holder",
    "reversed": "Reversed",
    "case": "Case",
    "due": "Answer by",
    "day": "Day of the decision",
    "upload": "Upload",
    "upload_name": "Street music in the rain",
    "work": "Work",
    "decisions": "Decisions",
    "evidence": "What was matched",
    "passage": "Rain fell on the old bridge, and nobody was there to hear the last song of the evening. ",
    "platform": "Platform",
    "reasons": "Why is your use lawful?",
    "hint": "Say what you used and what for, in your own words.",
    "files": "Files that support you",
    "ground": "Ground of your contest",
    "why": "Why we ask",
    "send": "Send",
    "save": "Save for later",
    "withdraw": "Withdraw",
    "done": "Done",
    "empty": "No open cases",
    "charts": "Charts",
    "long": "Held for human review before publication because of a sports event",
    "bands": "Decisions by share of the upload",
    "rate": "Share of appeals that were successful",
}
_CHINESE = {
    "heading": "您的上传内容已被拦截",
    "error": "请说明您的使用为何合法",
    "action": "请于2026年3月3日18:00（北京时间）前答复预警：剩余2天",
    "detail": "大多数上传内容保持公开，十分之一被拦截。",
    "link": "对决定提出申诉",
    "lawful": "推定合法使用",
    "warning": "侵权预警",
    "infringing": "推定侵权使用",
    "open": "审查中",
    "waiting": "等待权利人答复",
    "reversed": "撤销",
    "case": "案件",
    "due": "答复期限",
    "day": "决定日期",
    "upload": "上传内容",
    "upload_name": "雨中的街头音乐",
    "work": "权利作品",
    "decisions": "过滤决定",
    "evidence": "匹配内容",
    "passage": "雨落在旧桥上，没有人听见那晚的最后一支歌。",
    "platform": "平台",
    "reasons": "您的使用为何合法？",
    "hint": "请用您自己的话说明使用了什么、为何使用。",
    "files": "证明文件",
    "ground": "申诉理由",
    "why": "为什么要问",
    "send": "提交",
    "save": "保存",
    "withdraw": "撤回",
    "done": "已完成",
    "empty": "暂无待办案件",
    "charts": "图表",
    "long": "因体育赛事在发布前由人工进行事前审查的全部上传内容与相关案件",
    "bands": "按占上传内容比例划分的过滤决定",
    "rate": "申诉成功比例",
}


@dataclass(frozen=True)
class Segment:
    """One matching passage, half-open, in seconds or characters."""

    upload_start: Decimal
    upload_end: Decimal
    work_start: Decimal
    work_end: Decimal
    score: Decimal | None = None


def _segment(*values: str) -> Segment:
    return Segment(*(Decimal(value) for value in values))


@cache
def gallery_environment() -> Environment:
    """The product's environment, with the templates of the tests in front; its templates are compiled once."""
    return build_environment(template_directories=[Path(__file__).parent / "templates"])


def gallery_context(language: Language) -> dict[str, Any]:
    """The contents of the gallery in `language`."""
    return {
        "t": _CHINESE if language is Language.ZH else _ENGLISH,
        "errors": [True],
        "now": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        "due": datetime(2026, 3, 3, 10, 0, tzinfo=UTC),
        "share": Decimal("0.93651"),
        "low": Decimal("0.912"),
        "high": Decimal("0.951"),
        "segments": [
            _segment("0", "22.5", "610", "632.5", "0.981"),
            _segment("24", "45", "2210", "2231", "0.93"),
            _segment("47", "62.5", "640", "655.5", "0.87"),
        ],
        "text_segments": [_segment("20", "640", "12000", "12620"), _segment("700", "1190", "30000", "30490")],
    }


def gallery_page(environment: Environment, language: Language, address: str = "/", nonce: str = "n") -> str:
    """The gallery as HTML, as a signed-in reviewer gets it."""
    chinese = language is Language.ZH
    signed_in = SignedIn(
        "张三" if chinese else "R. Viewer",
        "审查员" if chinese else "reviewer",
        (
            NavigationItem("我的案件" if chinese else "My queue", "/", current=True),
            NavigationItem("一致率" if chinese else "My agreement", "/agreement"),
        ),
    )
    page = PageRequest(address=address, nonce=nonce, csrf_token="token", signed_in=signed_in)
    with use_language(language), use_page_request(page):
        return environment.get_template("gallery.html").render(gallery_context(language))


class _GalleryHandler(BaseHTTPRequestHandler):
    environment: Environment

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/static/vendor/"):
            self._answer_file(VENDOR_DIRECTORY / Path(parts.path).name)
            return
        language = Language(parse_qs(parts.query).get("lang", ["en"])[0])
        nonce = secrets.token_urlsafe(16)
        content = gallery_page(self.environment, language, self.path, nonce).encode()
        self._answer(content, "text/html; charset=utf-8", {"Content-Security-Policy": POLICY.format(nonce=nonce)})

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep the test output quiet."""

    def _answer_file(self, path: Path) -> None:
        if not path.is_file():
            self.send_error(404)
            return
        kinds = {".css": "text/css", ".js": "text/javascript"}
        self._answer(path.read_bytes(), kinds.get(path.suffix, "application/octet-stream"), {})

    def _answer(self, content: bytes, media_type: str, headers: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve_gallery() -> Iterator[str]:
    """Serve the gallery on a free port of this machine; gives its address without a slash at the end."""
    handler = type("Handler", (_GalleryHandler,), {"environment": gallery_environment()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
