"""`python -m folkmoot` is the same as `folkmoot`."""

from folkmoot.cli import main

if __name__ == "__main__":
    main()
