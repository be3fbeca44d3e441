"""Words, folding and stems."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from folkmoot.search import text as reading
from folkmoot.search.text import Analyzer, keyword, tokens, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The N95, COVID-19!", ["the", "n95", "covid", "19"]),
        ("Élus à Tromsø, STRAẞE", ["elus", "a", "tromsø", "strasse"]),
        ("the minister's  don\u2019t government`s", ["the", "minister's", "don't", "government's"]),
        ("l'eau d\u2019Ann O'Brien", ["l", "eau", "d", "ann", "o", "brien"]),
        ("住宅 housing", ["住", "宅", "housing"]),
        ("हिन्दी", ["हिन्दी"]),
        ("snake_case \u0301 --", ["snake", "case"]),
        ("e\u0301lus", ["elus"]),
    ],
)  # fmt: skip
def test_words_are_folded(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_tokens_know_their_place() -> None:
    text = "Oh, l'École's bus"
    assert [text[t.start : t.end] for t in tokens(text)] == [
        "Oh",
        "l",
        "École's",
        "bus",
    ]


def test_keyword_is_one_token() -> None:
    assert keyword(" Great  Hall ") == "great_hall"


def test_stems_by_language_of_text_and_query() -> None:
    both = Analyzer(["en", "french"])
    assert both.languages == ("english", "french")
    assert both.stem("housing", "en-GB") == "hous"
    assert both.stem("logements", "fr-CA") == "log"
    assert both.stem("hauser", "de-AT") == "haus"
    assert both.stem("housing", "no such code") == "hous"
    assert both.reading(["german", "english"]).languages == (
        "english",
        "french",
        "german",
    )
    assert set(both.stems("logements")) == {"logement", "log"}


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        Analyzer(["klingon"])


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("fi", "pöydän pöydällä"),
        ("fi", "kylässä kylän kylät"),
        ("es", "políticos política"),
        ("es", "decisión decisiones"),
        ("it", "riunione riunioni"),
        ("nl", "vergadering vergaderingen"),
        ("et", "külas küla"),
        ("et", "otsuse otsused"),
        ("sv", "mötet möten möte"),
        ("pl", "drogę drogi droga"),
        ("hu", "ülések ülésen"),
        ("fr", "décisions décision"),
        ("de", "Häuser Haus"),
        ("de", "Straßen Straße"),
        ("en", "houses housing"),
    ],
)
def test_forms_of_one_word_have_one_stem(code: str, forms: str) -> None:
    analyzer = Analyzer([code])
    assert len({analyzer.stem(word) for word in words(forms)}) == 1


@pytest.mark.parametrize("code", ["cy", "mt", "cym", "plain"])
def test_a_language_without_stemmer_is_only_folded(code: str) -> None:
    analyzer = Analyzer([code])
    assert analyzer.languages == ("plain",)
    assert analyzer.reduce("Tŷ a thai, Ynys Môn").stems == "ty a thai ynys mon"
    assert analyzer.stem("housing", "en") == "hous"


def test_threads_stem_as_one_does() -> None:
    """A stemmer holds the word that it works on; searches share it."""
    heads = ("nation", "relat", "organis", "hope", "form", "electric")
    tails = ("ational", "izations", "fulness", "ing", "edly", "ement", "ously")
    typed = [f"{head}{n}{tail}" for head in heads for n in "abcdefgh" for tail in tails]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            # Each thread begins elsewhere, so that hardly a word is known already.
            parts = [typed[n:] + typed[:n] for n in range(0, len(typed), 97)]
            found = list(pool.map(_stems, parts))
    finally:
        sys.setswitchinterval(before)
    for part, stems in zip(parts, found, strict=True):
        assert stems == _stems(part)


def _stems(typed: list[str]) -> list[str]:
    stem = reading._stem.__wrapped__  # past what it remembers
    return [stem("english", word) for word in typed]
