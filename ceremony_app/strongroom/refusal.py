"""How a handler refuses: with a code, what happened, and what to do."""

from __future__ import annotations


class Refusal(Exception):
    """A request that cannot be done. It crosses the wire as `Failure`, so nothing in it may be a secret or a library's own words."""

    def __init__(self, code: str, what: str, next_step: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.what = what
        self.next_step = next_step
        self.detail = detail
