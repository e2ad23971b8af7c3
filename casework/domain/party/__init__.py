"""The sanction ledger of one party: warnings, assessments, suspensions of single rights, appeals, trust."""
