"""What the law asks a notice or a counter-notice to hold: the closed list from which every regime takes its own."""

from __future__ import annotations

from enum import StrEnum


class NoticeElement(StrEnum):
    """One statutory element of a notice or counter-notice; the article that asks for it stands in the regime's file.

    Sources: Civil Code arts. 1195 and 1196; Regulation on network communication rights arts. 14 and 16; opinion of the
    Supreme People's Court Fa Fa [2020] 32; UrhDaG s. 8; DSA art. 16(2); 17 U.S.C. s. 512(c)(3) and (g)(3).
    """

    IDENTITY = "identity"
    """The true name of the sender."""

    CONTACT = "contact"
    """How the sender can be reached: e-mail or telephone."""

    ADDRESS = "address"
    """Postal address."""

    OWNERSHIP_PROOF = "ownership_proof"
    """Proof of the right relied on."""

    WORK_IDENTIFIED = "work_identified"
    """Which work is meant."""

    LOCATION = "location"
    """Where exactly the material is, or was before its removal."""

    PRIMA_FACIE_EVIDENCE = "prima_facie_evidence"
    """First evidence: of the infringement in a notice, of there being none in a counter-notice."""

    TRUTHFULNESS_GUARANTEE = "truthfulness_guarantee"
    """The sender answers for the truth of what it says."""

    REASONED_EXPLANATION = "reasoned_explanation"
    """Why the use is unlawful, in enough detail to judge it."""

    GOOD_FAITH_STATEMENT = "good_faith_statement"
    """The sender believes in good faith in what it says."""

    ACCURACY_STATEMENT = "accuracy_statement"
    """The information in the notice is accurate."""

    AUTHORITY_UNDER_PERJURY = "authority_under_perjury"
    """Under penalty of perjury: the sender may act for the owner of the right."""

    SIGNATURE = "signature"
    """Physical or electronic signature."""

    MISTAKE_STATEMENT_UNDER_PERJURY = "mistake_statement_under_perjury"
    """Under penalty of perjury: the material was removed by mistake or misidentification."""

    JURISDICTION_CONSENT = "jurisdiction_consent"
    """Consent to the jurisdiction of the court named by the law and to service of process."""
