"""The demonstration: real files in, cases of all bands, appeals played through to rulings, report out, site up."""
