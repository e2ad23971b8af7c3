"""Engines that run elsewhere: asked over HTTP, or telling what they found by a signed message."""
