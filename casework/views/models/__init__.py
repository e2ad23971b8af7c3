"""Read models: one file each, with its tables, its fold and its queries."""
