"""The second channel: what people bring, what they type, what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony_app.clouds.fingerprint import fingerprint_groups, second_channel_fingerprint, verify_typed_groups
from ceremony_app.errors import BadInput, DoesNotHold

PRINT = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        PRINT,
        PRINT.upper() + "\r\n",
        " ".join(fingerprint_groups(PRINT)) + "\n",
        ":".join(PRINT[i : i + 2].upper() for i in range(0, 64, 2)),
        f"SHA256: {PRINT}",
    ],
)
def test_the_ways_people_write_it_down(tmp_path: Path, text: str) -> None:
    (tmp_path / "fingerprint.txt").write_text(text)
    assert second_channel_fingerprint(tmp_path) == PRINT


@pytest.mark.parametrize("text", ["", PRINT[:-1], PRINT + "0", PRINT[:-1] + "g", PRINT + " wrapping key.der", "\u0660" * 64])
def test_what_is_no_fingerprint(tmp_path: Path, text: str) -> None:
    (tmp_path / "fingerprint.txt").write_text(text)
    with pytest.raises(BadInput) as caught:
        second_channel_fingerprint(tmp_path)
    assert caught.value.code == "fingerprint-malformed"


def test_a_missing_fingerprint_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"fingerprint\.txt"):
        second_channel_fingerprint(tmp_path)


def test_typed_groups_are_compared_one_by_one() -> None:
    groups = fingerprint_groups(PRINT)
    assert (len(groups), "".join(groups)) == (16, PRINT)
    typed = {number: groups[number - 1] for number in (1, 2, 4, 5, 9, 16)} | {7: " 89AB ", 11: "89ab"}
    assert verify_typed_groups(PRINT, typed) == 8
    for number in typed:
        with pytest.raises(DoesNotHold, match=f"Group {number} ") as caught:
            verify_typed_groups(PRINT, typed | {number: "0000"})
        assert groups[number - 1] not in str(caught.value), "a refusal does not say what should have been typed"
        assert caught.value.code == "recipient-fingerprint-differs"
    with pytest.raises(DoesNotHold, match="typed as nothing"):
        verify_typed_groups(PRINT, typed | {3: ""})


@pytest.mark.parametrize(
    "typed", [{}, {1: "0123"}, {0: "0123", 1: "0123", 2: "4567", 3: "89ab"}, {17: "0123", 1: "0123", 2: "4567", 3: "89ab"}]
)
def test_too_few_or_impossible_groups(typed: dict[int, str]) -> None:
    with pytest.raises(BadInput) as caught:
        verify_typed_groups(PRINT, typed)
    assert caught.value.code == "fingerprint-groups"
