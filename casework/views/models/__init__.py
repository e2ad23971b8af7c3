"""Read models: one file each with its tables, its fold and its queries; ``read_models`` lists them all by hand."""
