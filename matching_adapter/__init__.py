"""Matching engines behind one port: who copied how much of which work, and where. Imports nothing of Casework."""
