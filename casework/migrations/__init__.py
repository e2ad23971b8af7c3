"""The steps that bring the main database up to date, run by `casework.database.migrate`."""
