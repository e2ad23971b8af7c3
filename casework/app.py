"""The composition root: builds the application and the web site from the settings. Nothing else builds anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import cache
from typing import Any

from litestar import Litestar, Request, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from sqlalchemy.engine import Engine

from casework.application import Casework
from casework.auditing import Auditing
from casework.contents import Contents
from casework.database import main_engine, parse_database_url, views_engine
from casework.domain.standard.standard import Standards
from casework.engine_references import EngineReferences
from casework.engine_verdicts import EngineVerdicts
from casework.erasing import Erasing
from casework.eventlog.clock import Clock
from casework.eventlog.codec import Codec
from casework.eventlog.log_keys import LogKeys
from casework.eventlog.notes import witnesses
from casework.eventlog.public_facts import Pseudonyms
from casework.eventlog.receipts import ReceiptCodes
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.eventlog.vault import Vault
from casework.installation import check_secret, derived_key, has_secret
from casework.intake import Intake
from casework.jobs.deadline_failures import DeadlineFailures
from casework.jobs.follow_ups import FollowUps
from casework.jobs.previews import PreviewMaker
from casework.jobs.report_runs import ReportRuns
from casework.jobs.report_worker import ReportMaker
from casework.jobs.verdicts import VerdictFeedback
from casework.jobs.worker import Background
from casework.law import Law, read_law, read_standards
from casework.links import DecisionLinks
from casework.log_proofs import LogProofs, SignedCheckpoints
from casework.logs import log_access
from casework.match_results import MatchResults
from casework.narrating import Narratives
from casework.previews.kept import Previews
from casework.publishing import Publishing
from casework.quarantine import Quarantine
from casework.settings import Settings
from casework.simulated_time import installed_clock
from casework.views.access.accounts import Accounts
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, caller_of, check_routes, require_access
from casework.views.access.links import LinkEpochs, SignInLinks
from casework.views.access.passwords import Passwords
from casework.views.access.sessions import Sessions
from casework.views.access.throttle import SignInThrottle
from casework.views.access.tokens import ApiTokens
from casework.views.access.workload import CasesWorkload
from casework.views.frame import Identification, use_frame
from casework.views.handlers import api_handlers, page_handlers
from casework.views.head import HeadAnswering
from casework.views.models.cases import CasesModel
from casework.views.models.catch_up import ReadModel, Views
from casework.views.models.figures import Figures
from casework.views.models.filter_requests import FilterRequestsModel
from casework.views.models.ledgers import LedgersModel
from casework.views.models.log_tree import LogTreeModel
from casework.views.models.register import RegisterModel
from casework.views.models.samples import SamplesModel
from casework.views.pages.sign_in import SessionCookie
from casework.views.problems import answer_exception
from casework.views.security import Headers
from casework.views.templating import environment_in
from matching_adapter.external.configuration import ExternalEngines, read_external_engines

NO_FORMS = {"exclude_from_csrf": True}
"""Marks what is never reached by a form: no form cookie, no form token."""

MOST_FORM_BYTES = 1_048_576
"""Bytes of one request at most, where the route does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is built from the settings, for the web and the command line alike."""

    settings: Settings
    engine: Engine
    casework: Casework
    links: DecisionLinks
    intake: Intake
    accounts: Accounts
    sessions: Sessions
    tokens: ApiTokens
    sign_in_links: SignInLinks
    epochs: LinkEpochs
    throttle: SignInThrottle
    callers: Callers
    report_runs: ReportRuns
    deadline_failures: DeadlineFailures
    follow_ups: FollowUps
    proofs: LogProofs
    previews: Previews
    external: ExternalEngines

    @property
    def verdicts(self) -> EngineVerdicts:
        """What engines are told of what people decided."""
        return EngineVerdicts(self.engine, self.casework.clock)

    @property
    def match_results(self) -> MatchResults:
        """What external engines send."""
        references = EngineReferences(self.engine, self.casework.vault, self.casework.clock)
        return MatchResults(self.casework, self.intake, self.external, references, self.quarantine, self.verdicts)

    @property
    def quarantine(self) -> Quarantine:
        """What of the messages of external engines waits for a person."""
        return Quarantine(self.engine, self.casework.vault, self.casework.clock)

    @property
    def auditing(self) -> Auditing:
        """Audit samples, whose seeds rest on the log's own checkpoints."""
        return Auditing(self.casework, self.proofs)

    @property
    def narratives(self) -> Narratives:
        """The texts of reports."""
        return Narratives(self.casework, Contents(self.engine))

    @property
    def publishing(self) -> Publishing:
        """Reports that are proposed and published."""
        return Publishing(self.casework, Contents(self.engine), self.report_runs, self.settings)

    @property
    def erasing(self) -> Erasing:
        """What is kept of people, taken away on request."""
        clock, vault = self.casework.clock, self.casework.vault
        references, quarantine = EngineReferences(self.engine, vault, clock), Quarantine(self.engine, vault, clock)
        return Erasing(self.casework, self.accounts, references, quarantine, self.settings.zone)

    @property
    def background(self) -> Background:
        """What a worker works with."""
        return Background(self.casework, self.deadline_failures, self.follow_ups, self.proofs, self.quarantine)

    def close(self) -> None:
        """Close all connections."""
        self.casework.log.close()
        self.casework.views.engine.dispose()
        self.engine.dispose()


def read_models(
    standards: Standards, law: Law, log: EventLog, zone: tzinfo, tree: LogTreeModel
) -> tuple[ReadModel, ...]:
    """Every read model, listed by hand. ``zone`` is that of the reports, whose days the figures count by."""
    cases = CasesModel(standards, law, log.load_many)
    figures = Figures(standards, law, log.load_many, zone)
    return (cases, figures, LedgersModel(), FilterRequestsModel(), tree)


def build_parts(settings: Settings, *, clock: Clock | None = None, passwords: Passwords | None = None) -> Parts:
    """Build everything on the database of the settings, which must be migrated. Call it after a fork, never before.

    ``passwords`` are for tests, which need no slow ones. Raises ``DatabaseUnavailable``, ``WrongSecret`` and
    ``RealTime``.
    """
    external = read_external_engines(settings.external_engines)
    url = parse_database_url(settings.database_url)
    engine = main_engine(url)
    secret = settings.read_secret(may_make=not has_secret(engine))
    check_secret(engine, secret)
    log = EventLog(url, _codec())
    clock = clock or installed_clock(engine, log, settings.clock)
    vault = Vault(engine, secret)
    law = read_law(settings.regime, settings.regimes_directory)
    standards = read_standards(law, settings.standards_directory)
    signed, codes = SignedCheckpoints(engine), ReceiptCodes(derived_key(secret, "log receipts"))
    tree = LogTreeModel(log.stored, Pseudonyms(secret), codes, signed)
    beside = (RegisterModel(log.load_many, vault.pseudonym, settings.zone), SamplesModel(vault.pseudonym))
    views = Views(views_engine(url), log, (*read_models(standards, law, log, settings.zone, tree), *beside))
    views.prepare()
    workload = CasesWorkload(views, clock, timedelta(days=settings.same_party_days))
    accounts = Accounts(engine, vault, clock, workload, passwords or Passwords())
    casework = Casework(
        log=log,
        vault=vault,
        clock=clock,
        standards=standards,
        views=views,
        roster=accounts,
        law=law,
        receipts=codes,
    )
    links = DecisionLinks(secret)
    sessions = Sessions(engine, clock, timedelta(hours=settings.session_hours))
    tokens = ApiTokens(engine, clock)
    epochs = LinkEpochs(engine)
    return Parts(
        settings=settings,
        engine=engine,
        casework=casework,
        links=links,
        intake=Intake(casework, links, epochs.present_many, settings.lines_per_transaction, casework.ledgers.look),
        accounts=accounts,
        sessions=sessions,
        tokens=tokens,
        sign_in_links=SignInLinks(engine, clock),
        epochs=epochs,
        throttle=SignInThrottle(engine, clock, derived_key(secret, "sign-in throttle")),
        callers=Callers(accounts, sessions, tokens, links, epochs),
        report_runs=ReportRuns(engine, clock),
        deadline_failures=DeadlineFailures(engine, clock),
        follow_ups=FollowUps(engine, clock),
        proofs=LogProofs(
            views=views,
            signed=signed,
            keys=LogKeys(engine, derived_key(secret, "log keys"), settings.origin, clock),
            codes=codes,
            clock=clock,
            witnesses=witnesses(settings.log_witnesses),
        ),
        previews=Previews(engine, vault, clock),
        external=external,
    )


@cache
def _codec() -> Codec:
    """One for all parts of this process: what it finds out about each type of event is the same on every log."""
    return Codec(EVENT_TYPES)


def build_application(settings: Settings, *, clock: Clock | None = None) -> Casework:
    """The application without the web."""
    return build_parts(settings, clock=clock).casework


def build_background(settings: Settings) -> Background:
    """What the worker works with."""
    return build_parts(settings).background


def build_preview_maker(settings: Settings) -> PreviewMaker:
    """What prepares the previews of files beside cases, with connections of its own."""
    parts = build_parts(settings)
    return PreviewMaker(parts.casework, parts.previews)


def build_verdict_feedback(settings: Settings) -> VerdictFeedback:
    """What tells engines what people decided, with connections of its own."""
    parts = build_parts(settings)
    return VerdictFeedback(parts.casework, parts.verdicts, parts.external.targets)


def build_report_maker(settings: Settings) -> ReportMaker:
    """What makes the reports that people ask for, with connections of its own."""
    parts = build_parts(settings)
    return ReportMaker(
        parts.casework,
        parts.report_runs,
        settings.reports_directory,
        zone=settings.zone,
        platform=settings.platform_name,
        settings=settings,
        texts=parts.narratives,
        proofs=parts.proofs,
        earlier=parts.publishing.data_before,
        compare=parts.publishing.compare,
    )


def create_app(settings: Settings | None = None, *, clock: Clock | None = None, parts: Parts | None = None) -> Litestar:
    """The web site and the API. Without settings they come from the environment; ``parts`` may be built already.

    What serves is ``application.state.parts``: others on the same settings may take their place between two requests.
    """
    if parts is None:
        parts = build_parts(settings or Settings(), clock=clock)
    cookie = SessionCookie(secure=parts.settings.secure_cookies, lifetime=parts.sessions.lifetime)

    def serving() -> Parts:
        now: Parts = application.state.parts
        return now

    application = HeadAnswering(
        route_handlers=[
            Router("/", route_handlers=[*page_handlers()], include_in_schema=False),
            Router("/api/v1", route_handlers=[*api_handlers()], opt=NO_FORMS),
        ],
        dependencies=_dependencies(serving, cookie),
        guards=[require_access],
        middleware=[Identification(lambda: serving().callers, cookie.name)],
        before_request=use_frame,
        before_send=[Headers(secure=parts.settings.secure_cookies), log_access],
        exception_handlers={Exception: answer_exception},
        csrf_config=_csrf(parts.settings),
        openapi_config=_openapi(),
        request_max_body_size=MOST_FORM_BYTES,
        state=State({"parts": parts, "templates": environment_in(parts.settings.zone)}),
        logging_config=None,
        on_shutdown=[lambda: serving().close()],
    )
    check_routes(application)
    return application


def _dependencies(serving: Callable[[], Parts], cookie: SessionCookie) -> dict[str, Provide]:
    """What handlers ask for by name."""
    made: dict[str, Callable[[], Any]] = {
        "casework": lambda: serving().casework,
        "views": lambda: serving().casework.views,
        "links": lambda: serving().links,
        "intake": lambda: serving().intake,
        "accounts": lambda: serving().accounts,
        "sessions": lambda: serving().sessions,
        "tokens": lambda: serving().tokens,
        "sign_in_links": lambda: serving().sign_in_links,
        "epochs": lambda: serving().epochs,
        "throttle": lambda: serving().throttle,
        "callers": lambda: serving().callers,
        "report_runs": lambda: serving().report_runs,
        "deadline_failures": lambda: serving().deadline_failures,
        "follow_ups": lambda: serving().follow_ups,
        "proofs": lambda: serving().proofs,
        "previews": lambda: serving().previews,
        "match_results": lambda: serving().match_results,
        "verdicts": lambda: serving().verdicts,
        "auditing": lambda: serving().auditing,
        "narratives": lambda: serving().narratives,
        "publishing": lambda: serving().publishing,
        "erasing": lambda: serving().erasing,
        "settings": lambda: serving().settings,
        "session_cookie": lambda: cookie,
    }
    provided = {name: Provide(part, sync_to_thread=False) for name, part in made.items()}
    return {**provided, "caller": Provide(_caller, sync_to_thread=False)}


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return caller_of(request)


def _csrf(settings: Settings) -> CSRFConfig:
    """The cookie's name changes with the secret: a browser that kept one of another installation gets a new one."""
    key = derived_key(settings.read_secret(), "form tokens").hex()
    name = f"casework_form_{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    return CSRFConfig(
        secret=key,
        cookie_name=f"__Host-{name}" if settings.secure_cookies else name,
        cookie_secure=settings.secure_cookies,
        cookie_httponly=True,
        cookie_samesite="lax",
        exclude_from_csrf_key=next(iter(NO_FORMS)),
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Casework",
        version="1",
        openapi_router=Router("/schema", route_handlers=[], opt={**PUBLIC, **NO_FORMS}, include_in_schema=False),
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        use_handler_docstrings=True,
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    )
