"""The strongroom: the one process that touches secrets. From outside only `client` and `protocol` may be imported."""
