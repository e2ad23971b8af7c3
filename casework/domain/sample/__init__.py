"""Audit samples: random draws that anybody can repeat, blind labels, and what they say of the platform's decisions."""
