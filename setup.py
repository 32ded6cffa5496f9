"""Puts the top-level `resources/` into the wheel as `ceremony_app/_resources/`; everything else is in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SOURCE = Path("resources")
TARGET = Path("ceremony_app", "_resources")


class BuildWithResources(build_py):  # type: ignore[misc]  # setuptools ships no types
    """`build_py` that also copies the resources; an editable install reads them where they lie."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for target, source in self._resources().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs: list[str] = super().get_outputs(include_bytecode)
        return outputs if self.editable_mode else [*outputs, *self._resources()]

    def get_output_mapping(self) -> dict[str, str]:
        mapping: dict[str, str] = super().get_output_mapping()
        return mapping if self.editable_mode else {**mapping, **self._resources()}

    def _resources(self) -> dict[str, str]:
        """Path in the build folder -> path in the checkout, for each file that is not an editor's or an interpreter's leaving."""
        files = sorted(path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {str(Path(self.build_lib) / TARGET / path.relative_to(SOURCE)): str(path) for path in files}


setup(cmdclass={"build_py": BuildWithResources})
