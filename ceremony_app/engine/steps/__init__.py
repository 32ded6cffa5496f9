"""The steps, grouped by what they are about."""
