"""Destinations: what a provider hands out, which keys it takes, and the package that is made for it. One module family per provider."""
