"""Checks a transparency report against the public facts of the log, with nothing of the program that made it.

``recounting.recount`` counts every figure again from the facts, ``comparison.compare`` tells what differs. All that is
shared with Casework is the definitions of the figures, which stand in its documentation.
"""
