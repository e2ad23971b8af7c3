"""Exports that the European Union asks for: statements of reasons and the harmonised templates (F5)."""
