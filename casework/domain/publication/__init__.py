"""Publishing reports and the texts that stand in them: nothing becomes public before two officers have agreed to it."""
