"""Words, folding and stems."""

from __future__ import annotations

import pytest

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
    assert both.stem("housing", "de") == "hous"
    assert set(both.stems("logements")) == {"logement", "log"}


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        Analyzer(["klingon"])
