"""Every page and every resource of the API, listed by hand: nothing is found by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casework.views.api import bundles as bundles_api
from casework.views.api import (
    cases,
    decisions,
    erasures,
    fees,
    match_results,
    media,
    platform,
    reopening,
    reports,
    samples,
    sanctions,
    screenings,
    standards,
    steps,
    uploads,
    works,
)
from casework.views.api import dsa as dsa_api
from casework.views.api import filter_requests as filter_requests_api
from casework.views.api import letters as letters_api
from casework.views.api import log as log_api
from casework.views.api import publications as publications_api
from casework.views.api import register as register_api
from casework.views.api import regulator_packs as regulator_packs_api
from casework.views.api import texts as texts_api
from casework.views.pages import (
    assets,
    bundles,
    case_media,
    compliance,
    compliance_behind,
    compliance_erasures,
    compliance_fees,
    compliance_overview,
    compliance_platform,
    compliance_quarantine,
    compliance_reports,
    compliance_sanctions,
    compliance_texts,
    compliance_works,
    decision,
    health,
    intake,
    intake_case,
    intake_filters,
    letters,
    own_standing,
    publications,
    receipt,
    reviewer,
    reviewer_recusal,
    right_holder,
    right_holder_bulk,
    right_holder_filters,
    sample_items,
    sign_in,
    transparency,
)
from casework.views.pages import fees as fee_pages
from casework.views.pages import register as register_pages
from casework.views.pages import regulator_packs as regulator_packs_pages
from casework.views.pages import samples as samples_pages
from casework.views.pages import standards as standards_pages


def page_handlers() -> Sequence[Any]:
    """Every page, listed by hand: each module of ``casework.views.pages`` has its ``HANDLERS``."""
    return (
        *assets.HANDLERS,
        *health.HANDLERS,
        *sign_in.HANDLERS,
        *decision.HANDLERS,
        *right_holder.HANDLERS,
        *right_holder_bulk.HANDLERS,
        *right_holder_filters.HANDLERS,
        *standards_pages.HANDLERS,
        *receipt.HANDLERS,
        *register_pages.HANDLERS,
        *intake.HANDLERS,
        *intake_case.HANDLERS,
        *intake_filters.HANDLERS,
        *reviewer.HANDLERS,
        *reviewer_recusal.HANDLERS,
        *compliance.HANDLERS,
        *compliance_overview.HANDLERS,
        *compliance_reports.HANDLERS,
        *compliance_behind.HANDLERS,
        *compliance_texts.HANDLERS,
        *publications.HANDLERS,
        *transparency.HANDLERS,
        *compliance_sanctions.HANDLERS,
        *compliance_works.HANDLERS,
        *compliance_platform.HANDLERS,
        *fee_pages.HANDLERS,
        *compliance_fees.HANDLERS,
        *compliance_erasures.HANDLERS,
        *compliance_quarantine.HANDLERS,
        *samples_pages.HANDLERS,
        *regulator_packs_pages.HANDLERS,
        *sample_items.HANDLERS,
        *own_standing.HANDLERS,
        *letters.HANDLERS,
        *bundles.HANDLERS,
        *case_media.HANDLERS,
    )


def api_handlers() -> Sequence[Any]:
    """Every resource under ``/api/v1``, listed by hand: each module of ``casework.views.api`` has its ``HANDLERS``."""
    return (
        *decisions.HANDLERS,
        *match_results.HANDLERS,
        *cases.HANDLERS,
        *letters_api.HANDLERS,
        *bundles_api.HANDLERS,
        *media.HANDLERS,
        *steps.HANDLERS,
        *standards.HANDLERS,
        *register_api.HANDLERS,
        *dsa_api.HANDLERS,
        *reports.HANDLERS,
        *publications_api.HANDLERS,
        *texts_api.HANDLERS,
        *sanctions.HANDLERS,
        *works.HANDLERS,
        *filter_requests_api.HANDLERS,
        *reopening.HANDLERS,
        *uploads.HANDLERS,
        *platform.HANDLERS,
        *samples.HANDLERS,
        *regulator_packs_api.HANDLERS,
        *screenings.HANDLERS,
        *fees.HANDLERS,
        *erasures.HANDLERS,
        *log_api.HANDLERS,
    )
