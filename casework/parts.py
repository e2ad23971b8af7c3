"""What is built from the settings on one database, for the web, the command line and the worker alike.

Nothing here loads the web: commands and the worker start without it in three quarters of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import cache

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
from casework.match_results import MatchResults
from casework.narrating import Narratives
from casework.previews.kept import Previews
from casework.publishing import Publishing
from casework.quarantine import Quarantine
from casework.settings import Settings
from casework.simulated_time import installed_clock
from casework.views.access.accounts import Accounts
from casework.views.access.callers import Callers
from casework.views.access.links import LinkEpochs, SignInLinks
from casework.views.access.passwords import Passwords
from casework.views.access.sessions import Sessions
from casework.views.access.throttle import SignInThrottle
from casework.views.access.tokens import ApiTokens
from casework.views.access.workload import CasesWorkload
from casework.views.models.cases import CasesModel
from casework.views.models.catch_up import ReadModel, Views
from casework.views.models.figures import Figures
from casework.views.models.filter_requests import FilterRequestsModel
from casework.views.models.ledgers import LedgersModel
from casework.views.models.log_tree import LogTreeModel
from casework.views.models.register import RegisterModel
from casework.views.models.samples import SamplesModel
from matching_adapter.external.configuration import ExternalEngines, read_external_engines


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
