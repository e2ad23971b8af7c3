"""Legal regimes as data: what the law of a place says about filtering, notices, waits and remedies (product.md A7)."""
