"""What people ask to be forgotten: their requests, what was erased, what had to be refused and why."""
