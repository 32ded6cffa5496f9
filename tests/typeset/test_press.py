"""The press: bundled fonts only, fixed bytes, tagged files, and errors that say nothing of the data."""

from __future__ import annotations

import os
import subprocess
import traceback
from pathlib import Path

import pytest

from ceremony_app.errors import Unfit
from ceremony_app.resource import resource
from ceremony_app.typeset.press import compile_pdf, compile_png, typst_version, verify_printable

SECRET = "academic acid acne acquire"


def test_a_template_that_cannot_use_the_data_tells_none_of_it() -> None:
    with pytest.raises(Unfit) as caught:
        compile_pdf("card.typ", {"words": SECRET, "share": SECRET})
    assert caught.value.code == "paper-failed"
    told = str(caught.value) + "".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__)
    assert "acid" not in told
    assert caught.value.__context__ is None


def test_a_character_that_no_font_has_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(Unfit) as caught:
        verify_printable("王小明")
    assert caught.value.code == "paper-no-glyph"
    assert "王" not in str(caught.value)
    verify_printable("Łukasz Ñandú, Ξένος, Иван • ✓")


def test_a_missing_template_is_unfit() -> None:
    with pytest.raises(Unfit):
        compile_pdf("no-such-paper.typ", {})


def test_only_bundled_fonts_are_embedded_and_the_file_is_tagged(tmp_path: Path) -> None:
    pdf = tmp_path / "glyphs.pdf"
    pdf.write_bytes(compile_pdf("glyphs.typ", {"text": "Aé1"}))
    fonts = subprocess.run(["pdffonts", str(pdf)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert len(fonts) == 1
    assert "Inter" in fonts[0]
    about = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    assert "Tagged:          yes" in about
    assert "Thu Jan  1" in about
    assert b"pdfuaid" in pdf.read_bytes()


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert compile_png("glyphs.typ", {"text": "x"}, 72)[0].startswith(b"\x89PNG")
    assert os.listdir(tmp_path) == []


def test_each_font_has_its_licence() -> None:
    folders = [path for path in resource("fonts").iterdir() if path.is_dir()]
    assert {path.name for path in folders} == {"inter", "jetbrains-mono"}
    assert all("SIL OPEN FONT LICENSE Version 1.1" in (path / "OFL.txt").read_text() for path in folders)


def test_the_version_is_that_of_the_package() -> None:
    assert typst_version().count(".") == 2
