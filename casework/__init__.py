"""Appeals and adjudication for copyright filtering, accounted for in reports that anyone can check."""
