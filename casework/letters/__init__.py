"""Letters to the sides of a case, and the bundle of evidence: read from the log, written nowhere."""
