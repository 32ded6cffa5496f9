"""Key ceremonies on an air-gapped machine. The rooms and their walls are drawn in docs/house.md."""

__version__ = "0.1.0"
