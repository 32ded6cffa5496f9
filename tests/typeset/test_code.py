"""QR symbols and set marks: what a reader sees, and that outlines fill exactly the dark modules."""

from __future__ import annotations

from random import Random

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import BadInput
from ceremony_app.typeset.code import Matrix, outlines, qr_matrix, set_mark


def filled(matrix: Matrix) -> Matrix:
    """The modules that the outlines enclose by the even-odd rule: crossings of vertical edges left of each centre."""
    size = len(matrix)
    crossings = [[0] * (size + 1) for _ in range(size)]
    for loop in outlines(matrix):
        for (x0, y0), (x1, y1) in zip(loop, [*loop[1:], loop[0]], strict=True):
            assert (x0 == x1) != (y0 == y1)
            if x0 == x1:
                for y in range(min(y0, y1), max(y0, y1)):
                    crossings[y][x0] += 1
    return [[sum(row[: x + 1]) % 2 == 1 for x in range(size)] for row in crossings]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 144), st.integers(0, 2**32))
def test_a_reader_gets_the_digits_back(length: int, seed: int) -> None:
    text = "".join(Random(seed).choices("0123456789", k=length))
    matrix = qr_matrix(text, 5)
    assert len(matrix) == 37
    edge = (37 + 8) * 4
    pixels = bytearray(b"\xff" * edge * edge)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            for line in range(4 if dark else 0):
                start = ((y + 4) * 4 + line) * edge + (x + 4) * 4
                pixels[start : start + 4] = b"\0\0\0\0"
    (code,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (edge, edge)))
    assert code.text == text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=7, max_size=7))
def test_outlines_fill_the_dark_modules_and_no_other(matrix: Matrix) -> None:
    assert filled(matrix) == matrix


def test_outlines_of_a_real_symbol() -> None:
    matrix = qr_matrix("3901" * 36, 5)
    assert filled(matrix) == matrix


@pytest.mark.parametrize(("length", "version", "size"), [(144, 5, 37), (111, 4, 33)])
def test_the_longest_content_fits_and_one_more_does_not(length: int, version: int, size: int) -> None:
    assert len(qr_matrix("7" * length, version)) == size
    with pytest.raises(BadInput) as caught:
        qr_matrix("7" * (length + 1), version)
    assert caught.value.code == "code-unfit"
    assert "777" not in str(caught.value)


def test_a_code_of_zeros_is_refused_by_us_not_by_the_library() -> None:
    with pytest.raises(BadInput) as caught:
        qr_matrix("0" * 144, 5)
    assert caught.value.code == "code-unfit"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", ["", "12a4", "١٢٣", "1 2"])
def test_only_digits(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        qr_matrix(text, 5)
    assert caught.value.code == "code-not-digits"


@given(st.text("0123456789", min_size=8, max_size=8))
def test_a_set_mark_is_mirrored_dark_enough_and_steady(set_id: str) -> None:
    mark = set_mark(set_id)
    assert [len(row) for row in mark] == [5] * 5
    assert all(row == row[::-1] for row in mark)
    assert sum(map(sum, mark)) >= 6
    assert set_mark(set_id) == mark


def test_the_set_mark_is_the_documented_one() -> None:
    drawn = ["".join("#" if dark else "." for dark in row) for row in set_mark("39017724")]
    assert drawn == [".###.", "#.#.#", ".....", "..#..", "##.##"]
