"""Codes for paper: QR symbols and the set mark, as matrices and as outlines.

A matrix is a list of rows, True for a dark module, without the quiet zone; the templates leave four light modules around each symbol.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from ceremony_app.errors import BadInput

SECRET_VERSION = 5
INVENTORY_VERSION = 4
ERROR_LEVEL = "Q"
CAPACITY = {SECRET_VERSION: 144, INVENTORY_VERSION: 111}
"""Digits that fit a symbol of this version at error correction Q, numeric mode (ISO/IEC 18004, table 7)."""

MARK_SIZE = 5
_MARK_FEWEST = 6

Matrix = list[list[bool]]
Point = tuple[int, int]


def qr_matrix(digits: str, version: int, error: str = ERROR_LEVEL) -> Matrix:
    """The QR symbol of `digits` in numeric mode: `version` 1 to 40 is not enlarged, `error` is one of L, M, Q, H.

    Returns 17 + 4 * version rows. Raises `BadInput` when `digits` are no digits or do not fit; the message does not hold
    them.
    """
    import qrcode
    import qrcode.constants
    import qrcode.exceptions
    import qrcode.util

    if not (digits.isascii() and digits.isdigit()):
        raise BadInput("code-not-digits", "A code for paper holds something other than digits.", next_step="Report this code.")
    level: int = getattr(qrcode.constants, f"ERROR_CORRECT_{error}")
    symbol = qrcode.QRCode(version=version, error_correction=level, border=0)
    symbol.add_data(qrcode.util.QRData(digits.encode(), mode=qrcode.util.MODE_NUMBER), optimize=0)
    # Raised after the handler, so that the library's exception does not hang on ours. A block of nothing but zeros makes it fail with a
    # ValueError; that needs some forty zeros in a row.
    made = False
    with suppress(qrcode.exceptions.DataOverflowError, ValueError):
        symbol.make(fit=False)
        made = True
    if not made:
        raise BadInput(
            "code-unfit",
            "{length} digits do not make a QR code of version {version}-{error}: too many, or nearly all zeros.",
            next_step="Report this code.",
            length=len(digits),
            version=version,
            error=error,
        )
    return [[bool(module) for module in row] for row in symbol.get_matrix()]


def set_mark(set_id: str) -> Matrix:
    """Five rows of five blocks, mirrored left to right, the same on all cards of a set: a picture to sort cards by, not a proof.

    The blocks are the first 15 bits of SHA-256(`key-ceremony/mark/1\\n` + set id + `\\n` + round), three a row from the left edge to the
    middle; rounds are counted from 0 until at least six blocks are dark.
    """
    round_number = 0
    while True:
        digest = hashlib.sha256(f"key-ceremony/mark/1\n{set_id}\n{round_number}".encode()).digest()
        bits = int.from_bytes(digest[:2], "big") >> 1
        rows = []
        for row in range(MARK_SIZE):
            left = [bool(bits >> (14 - 3 * row - column) & 1) for column in range(3)]
            rows.append([*left, left[1], left[0]])
        if sum(map(sum, rows)) >= _MARK_FEWEST:
            return rows
        round_number += 1


def outlines(matrix: Matrix) -> list[list[Point]]:
    """The borders of the dark areas as closed loops of (x, y) corners in modules, to be filled by the even-odd rule as one shape.

    A rectangle a module leaves hairlines between neighbours in some viewers and printers; one shape has no inner edges.
    """
    edges: dict[Point, list[Point]] = {}
    for start, end in _edges(matrix):
        edges.setdefault(start, []).append(end)
    loops = []
    while edges:
        start = next(iter(edges))
        loop = [start]
        point = _take(edges, start)
        while point != start:
            loop.append(point)
            point = _take(edges, point)
        loops.append(_corners(loop))
    return loops


def _edges(matrix: Matrix) -> list[tuple[Point, Point]]:
    """Unit edges between dark and light, with the dark module on the right hand of the direction of travel."""
    height, width = len(matrix), len(matrix[0])

    def dark(x: int, y: int) -> bool:
        return 0 <= x < width and 0 <= y < height and matrix[y][x]

    edges = []
    for y in range(height):
        for x in range(width):
            if not matrix[y][x]:
                continue
            if not dark(x, y - 1):
                edges.append(((x, y), (x + 1, y)))
            if not dark(x + 1, y):
                edges.append(((x + 1, y), (x + 1, y + 1)))
            if not dark(x, y + 1):
                edges.append(((x + 1, y + 1), (x, y + 1)))
            if not dark(x - 1, y):
                edges.append(((x, y + 1), (x, y)))
    return edges


def _take(edges: dict[Point, list[Point]], start: Point) -> Point:
    ends = edges[start]
    end = ends.pop()
    if not ends:
        del edges[start]
    return end


def _corners(loop: list[Point]) -> list[Point]:
    """`loop` without the points that lie on a straight line between their neighbours."""
    return [
        point
        for before, point, after in zip([loop[-1], *loop[:-1]], loop, [*loop[1:], loop[0]], strict=True)
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1])
    ]
