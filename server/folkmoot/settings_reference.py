"""The settings as text: the sample file and the manual's table.

Both are written from the one table in `settings`; a test compares them with what
lies in the repository. `python -m folkmoot.settings_reference DIR` writes them anew.
"""

from __future__ import annotations

import itertools
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.settings import Option, Settings, list_options

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path("config/folkmoot.toml")
PAGE = Path("web/docs/settings.md")

FILE_HEAD = """\
# Folkmoot's options. Each line shows the default; remove its # to change it.
# Used with: folkmoot serve --config folkmoot.toml
"""

PAGE_HEAD = """\
# Settings

An option's value is the last of: its default, the file named with `--config`, the
environment variable `FOLKMOOT_SECTION_NAME`, the command line. In the environment,
lists are separated by commas. A name that Folkmoot does not know, or a value of the
wrong kind, stops the start with a message that says which.

`config/folkmoot.toml` holds every option with its default, commented out.
"""


def render_file() -> str:
    """`config/folkmoot.toml`: every option, commented out at its default."""
    blocks = [FILE_HEAD]
    for section, options in _sections():
        lines = [f"# {_section_text(section)}", f"[{section}]"]
        for option in options:
            lines += textwrap.wrap(
                option.description,
                width=86,
                initial_indent="# ",
                subsequent_indent="# ",
                break_on_hyphens=False,
                break_long_words=False,
            )
            lines.append(f"#{option.name} = {render_value(option.default)}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def render_page() -> str:
    """`web/docs/settings.md`: a table for each section."""
    blocks = [PAGE_HEAD]
    for section, options in _sections():
        lines = [
            f"## [{section}]\n",
            f"{_section_text(section)}\n",
            "| name | default | what it does |",
            "|---|---|---|",
        ]
        for option in options:
            default = render_value(option.default)
            text = option.description.replace("|", "\\|")
            lines.append(f"| `{option.name}` | `{default}` | {text} |")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def render_value(value: Any) -> str:
    """A value as TOML writes it."""
    return msgspec.json.encode(value).decode().replace('","', '", "')


def _sections() -> Iterator[tuple[str, Iterator[Option]]]:
    return itertools.groupby(list_options(), key=lambda option: option.section)


def _section_text(section: str) -> str:
    fields = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    return str(fields[section].__doc__).partition("\n")[0]


def write(root: Path) -> None:
    """Write both under the repository's `root`."""
    for path, text in ((FILE, render_file()), (PAGE, render_page())):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
