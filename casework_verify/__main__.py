"""``python -m casework_verify``."""

from casework_verify.command import main

if __name__ == "__main__":
    raise SystemExit(main())
