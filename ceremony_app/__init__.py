"""Key ceremonies on a machine without a network. The rooms and their walls are drawn in docs/house.md."""

__version__ = "0.1.0"
