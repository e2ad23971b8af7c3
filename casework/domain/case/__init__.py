"""A case from the filtering decision to the ruling: facts, state, and one module of decisions a procedure."""
