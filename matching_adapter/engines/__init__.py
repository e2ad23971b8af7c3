"""The engines that run inside this process; `registry.py` says which may be used."""
