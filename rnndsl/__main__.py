"""`python -m rnndsl` is `rnndsl`."""

from rnndsl.cli.main import main

if __name__ == "__main__":
    main()
