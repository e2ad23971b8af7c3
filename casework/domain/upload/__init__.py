"""The record of one upload version: the binding orders that lie on it, whatever case brought them in."""
