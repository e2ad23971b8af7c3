"""The one log: events as bytes, where they are kept, personal data beside them, and the time."""
