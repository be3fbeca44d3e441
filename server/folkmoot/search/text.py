"""Words of a text as both engines index them: folded, and stemmed by Snowball."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple, TypeVar

import msgspec
import snowballstemmer

DEFAULT_LANGUAGES = ("english",)
# Words are only folded: the way of languages that have no stemmer, as Welsh.
PLAIN = "plain"

# Scripts written without spaces: each character is a word of its own.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
_MARKS = "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670"
_LETTER = rf"(?:[^\W_{_DENSE}]|[\u0900-\u0dff\u0300-\u036f\u0591-\u05c7\u064b-\u065f])"
# People type four characters for an apostrophe.
_APOSTROPHE = "['`\u00b4\u2019]"
_WORD = re.compile(rf"[{_DENSE}]|{_LETTER}+(?:{_APOSTROPHE}{_LETTER}+)*")
_RUN = re.compile(r"\S+")
_MARK = re.compile(f"[{_MARKS}]")
_APOSTROPHES = re.compile(_APOSTROPHE)
_FOLDED_ALREADY = re.compile(r"[a-z0-9_:.-]+")
_MOST_RUNS = 200_000
# Longer ones are sentences of a script without blanks.
_LONGEST_RUN = 40

# ISO 639-1 of the Snowball languages, for cues that name theirs as `fr` or `fr-CA`.
LANGUAGE_CODES = {
    "ar": "arabic",
    "hy": "armenian",
    "eu": "basque",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "eo": "esperanto",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "de": "german",
    "el": "greek",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "ga": "irish",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "fa": "persian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "es": "spanish",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


SNOWBALL = frozenset(snowballstemmer.algorithms())


class Token(msgspec.Struct, frozen=True, gc=False):
    """A folded word and where it stands in the text, in characters."""

    start: int
    end: int
    word: str


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words of a text in order; what is no letter or digit parts them.

    Only those from character `start` on and before `end`.
    """
    return [token for at, run in runs(text, start, end) for token in cut(at, run)]


def runs(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, str]]:
    """What stands between the blanks of a text, and where. No word goes on past one."""
    found = _RUN.finditer(text, start, len(text) if end is None else end)
    return [(run.start(), run[0]) for run in found]


def cut(at: int, run: str) -> list[Token]:
    """The words of a run that stands at character `at`."""
    # Looked up: speech says the same words over and over.
    return [Token(at + first, at + last, word) for first, last, word in _CUT[run]]


def count_words(found: Iterable[str]) -> list[int]:
    """How many words stand before each of some runs: mostly one more every time."""
    return list(accumulate(map(len, map(_CUT.__getitem__, found)), initial=0))


def _cut(run: str) -> tuple[tuple[int, int, str], ...]:
    """The words of a run without blanks, with their first character and their end."""
    found: list[tuple[int, int, str]] = []
    for match in _WORD.finditer(run):
        word = fold(match[0])
        head, mark, tail = word.partition("'")
        # l'eau, d'accord, o'clock: two words, or "eau" is never found.
        if mark and len(head) <= 2 and tail:
            cut = match.start() + len(head) + 1
            found.append((match.start(), cut - 1, head))
            found.append((cut, match.end(), tail))
        elif word:
            found.append((match.start(), match.end(), word))
    return tuple(found)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Lower case without accents, so that `Élus` is found as `elus`.

    Only marks of Latin, Greek, Cyrillic, Hebrew and Arabic go; in Indic scripts
    they are vowels.
    """
    plain = unicodedata.normalize("NFKD", word.casefold())
    return _APOSTROPHES.sub("'", unicodedata.normalize("NFC", _MARK.sub("", plain)))


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return [word for run in text.split() for _, _, word in _CUT[run]]


@lru_cache(maxsize=4096)
def keyword(value: str) -> str:
    """A value that is only found whole: folded, without blanks."""
    if _FOLDED_ALREADY.fullmatch(value):  # ids, of which there are many
        return value
    return "_".join(fold(value).split())


class Reduced(NamedTuple):
    """The folded words of a text and their stems, each parted by one blank."""

    words: str
    stems: str


class Analyzer:
    """Stems words; the first of the languages that queries are read in is the default.

    A text is stemmed in its own language, whatever that is. ValueError for a language
    nobody knows.
    """

    def __init__(self, languages: Sequence[str] = DEFAULT_LANGUAGES) -> None:
        named = [_named(name) for name in languages]
        unknown = [
            name for name, found in zip(languages, named, strict=True) if not found
        ]
        if unknown or not named:
            raise ValueError(f"No stemmer for {', '.join(sorted(unknown)) or 'none'}.")
        self.languages = tuple(dict.fromkeys(filter(None, named)))

    def reading(self, more: Iterable[str]) -> Analyzer:
        """The same that reads queries in more languages, which texts are in."""
        added = [name for name in more if name not in self.languages]
        return Analyzer((*self.languages, *added)) if added else self

    def language(self, code: str | None) -> str:
        """The stemming language for a text marked `code` (`fr-CA`, `french`)."""
        return (_named(code) if code else None) or self.languages[0]

    def stem(self, word: str, code: str | None = None) -> str:
        """The stem of a folded word in a text's language."""
        return _stem(self.language(code), word)

    def stemmer(self, code: str | None) -> Callable[[str], str]:
        """What stems the folded words of one text."""
        return partial(_stem, self.language(code))

    def stem_runs(self, found: Iterable[str], code: str | None) -> list[str]:
        """The stems of runs between blanks, in each run parted by one blank."""
        return list(map(_stemmed(self.language(code)).__getitem__, found))

    def reduce(self, text: str, code: str | None = None) -> Reduced:
        """A text's words and stems."""
        return _reduce(self.language(code), text)

    def reduce_all(
        self, texts: Sequence[str], code: str | None = None
    ) -> list[Reduced]:
        """Each text's words and stems; neighbouring passages ask for the same cues."""
        language = self.language(code)
        return [_reduce(language, text) for text in texts]

    def stems(self, word: str) -> tuple[str, ...]:
        """The stems of a typed word in every language of the index."""
        found = (_stem(language, word) for language in self.languages)
        return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def _named(code: str) -> str | None:
    """The stemming language of a name or code; `PLAIN` where there is no stemmer."""
    name = code.lower()
    if name == PLAIN or name in SNOWBALL:
        return name
    # 639: two letters or three; what comes after a hyphen is region or script.
    main = name.replace("_", "-").split("-")[0]
    if main in LANGUAGE_CODES:
        return LANGUAGE_CODES[main]
    return PLAIN if main.isalpha() and len(main) in {2, 3} else None


T = TypeVar("T")


class _Vocabulary(dict[str, T]):
    """What becomes of a run between two blanks, worked out once.

    A look-up costs a twentieth of the work. Speech keeps to some ten thousand
    runs, so the whole is dropped when it grows past that.
    """

    def __init__(self, become: Callable[[str], T]) -> None:
        super().__init__()
        self._become = become

    def __missing__(self, run: str) -> T:
        found = self._become(run)
        if len(run) <= _LONGEST_RUN:
            if len(self) >= _MOST_RUNS:
                self.clear()
            self[run] = found
        return found


_CUT = _Vocabulary(_cut)


def _folded(run: str) -> str:
    return " ".join(words(run))


_FOLDED = _Vocabulary(_folded)


@lru_cache(maxsize=64)
def _stemmed(language: str) -> _Vocabulary[str]:
    return _Vocabulary(
        lambda run: " ".join(_stem(language, word) for word in words(run))
    )


@lru_cache(maxsize=8192)
def _reduce(language: str, text: str) -> Reduced:
    # No word goes on past a blank.
    runs = text.split()
    return Reduced(
        _joined(map(_FOLDED.__getitem__, runs)),
        _joined(map(_stemmed(language).__getitem__, runs)),
    )


def _joined(parts: Iterable[str]) -> str:
    """The parts with a blank between; those without a letter leave none."""
    joined = " ".join(parts)
    if "  " in joined or joined[:1] == " " or joined[-1:] == " ":
        return " ".join(joined.split())
    return joined


# A stemmer keeps the word it works on, and searches run in several threads.
_STEMMING = threading.Lock()


@lru_cache(maxsize=65536)
def _stem(language: str, word: str) -> str:
    if language == PLAIN:
        return word
    with _STEMMING:
        stem = _stemmer(language).stemWord(word)
    return str(stem).removesuffix("'") or word


@lru_cache(maxsize=64)
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(language)
