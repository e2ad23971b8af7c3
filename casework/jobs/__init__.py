"""Work in the background: catching up, deadlines, letters, report runs."""
