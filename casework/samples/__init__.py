"""Sample works and uploads made by the project itself: own texts, generated sound and pictures, broken files."""
