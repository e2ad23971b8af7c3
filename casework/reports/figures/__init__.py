"""The registry of figures: each number of a report is defined once, here."""
