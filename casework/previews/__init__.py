"""Previews of the two files that were compared: what is made of them, where it is kept, who may open it."""
