"""Every figure of a transparency report, computed from what is known by its definition alone."""
