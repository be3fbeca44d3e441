"""Keeps compiled templates for the next start, which they make seconds shorter.

As Python keeps its own modules: beside the code, unless told not to or not allowed to.
Who may write there may change the code itself, so nothing is trusted that was not.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

logger = logging.getLogger(__name__)

_DIGEST_BYTES = sha256().digest_size


class CompiledTemplates(BytecodeCache):
    """Compiled templates on disk, each used only for the very text it was made of."""

    def __init__(self, directory: Path | None = None) -> None:
        # Honours PYTHONPYCACHEPREFIX.
        beside = Path(importlib.util.cache_from_source(__file__)).parent
        self._directory = directory or beside
        self._options = ""

    def follow(self, environment: jinja2.Environment) -> None:
        """Heed how templates are compiled: other options make other code."""
        self._options = repr(
            (
                jinja2.__version__,
                environment.autoescape,
                environment.trim_blocks,
                environment.lstrip_blocks,
                environment.undefined.__qualname__,
                sorted(environment.filters),
            )
        )

    def get_source_checksum(self, source: str) -> str:
        """Return what tells a template's text, and how it is compiled, from others."""
        return sha256(f"{self._options}\n{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was kept, if that is whole and of the same text."""
        try:
            kept = self._path(bucket).read_bytes()
        except OSError:
            return
        digest, code = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
        # Half a file after a power cut is no code to run.
        if sha256(code).digest() == digest:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, where that may be done."""
        if sys.dont_write_bytecode:
            return
        code = bucket.bytecode_to_string()
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            # Another start at the same time reads the old or the new, never half.
            with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as file:
                file.write(sha256(code).digest() + code)
            Path(file.name).replace(self._path(bucket))
        except OSError as error:
            # An installation that its service may not write to: compiled each time.
            logger.debug("compiled templates are not kept: %s", error)

    def _path(self, bucket: Bucket) -> Path:
        return self._directory / f"template-{bucket.key}.cache"
