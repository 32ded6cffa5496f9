"""The plan: what a ceremony is to do, read from a reviewed file and checked by rules."""
