"""``python -m mesokg`` is the same as ``mesokg``."""

from mesokg.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
