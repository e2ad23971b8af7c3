"""The figures ``personal_data``: how many people asked to be forgotten, and what came of it."""

from __future__ import annotations

from casework.domain.erasure.events import ErasureRefused, ErasureRequested, PersonalDataErased
from casework.reports.figures.building import counted
from casework.reports.figures.values import Figure, Scope, Words

_SINCE = 2

PERSONAL_DATA: tuple[Figure, ...] = (
    counted(
        "personal_data.erasure_requests",
        "personal_data.erasure_requests",
        Scope.FLOW,
        (ErasureRequested,),
        Words("Requests for erasure", "删除请求"),
        Words("Requests of people that their personal data be erased.", "个人提出的删除其个人信息的请求。"),
        since=_SINCE,
    ),
    counted(
        "personal_data.erased",
        "personal_data.erased",
        Scope.FLOW,
        (PersonalDataErased,),
        Words("Requests after which the data were erased", "已删除数据的请求"),
        Words(
            "Requests, of any time, upon which everything that was kept of the person was erased. The log and every "
            "figure stay as they were.",
            "已据以删除所存该人全部数据的请求（不限何时提出）。日志与各项数字均不变。",
        ),
        since=_SINCE,
    ),
    counted(
        "personal_data.refused",
        "personal_data.refused",
        Scope.FLOW,
        (ErasureRefused,),
        Words("Requests for erasure that were refused", "被拒绝的删除请求"),
        Words(
            "Requests, of any time, that were refused, as while proceedings are open or legal claims may be raised.",
            "被拒绝的请求（不限何时提出），例如程序尚未终结或可能提出法律主张期间。",
        ),
        since=_SINCE,
    ),
)
