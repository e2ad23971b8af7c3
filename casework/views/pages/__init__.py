"""Pages, one module a screen; its template has the same name."""
