"""What kind of platform this is, and whether a duty to filter applies to it."""
