"""What the platform asks for its services: published schedules, charges of parties, and what it waives."""
