"""Filter requests: a right holder asks that uploads be compared with its work, and shows whose it is (B1 to B3)."""
