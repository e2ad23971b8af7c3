"""The rules: pure decisions over frozen facts, without clock, chance, file or database."""
