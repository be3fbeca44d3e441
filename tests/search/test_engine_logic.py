"""AND, OR and NOT in every nesting find exactly what set arithmetic finds."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest

from folkmoot.search.engine import Engine
from folkmoot.search.plan import Filters, Plan, make_plan
from folkmoot.search.text import Analyzer
from tests.search.corpora import at, document

WORDS = ("bus", "road", "tree", "park", "school", "river")
DOCUMENTS = 700
COMMITS = 3
TREES = 120
LENGTHS = (0, 1, 1, 1, 2, 3, 8, 30)

Corpus = Mapping[str, frozenset[str]]
Test = Callable[[frozenset[str]], bool]


def plan(text: str) -> Plan:
    return make_plan(text, Filters(), Analyzer())


def invented() -> dict[str, frozenset[str]]:
    chance = random.Random(11)  # the same documents in every run
    texts = {}
    for number in range(DOCUMENTS):
        size = min(len(WORDS), int(chance.expovariate(0.6)))
        texts[f"d{number}"] = frozenset(chance.sample(WORDS, size))
    return texts


@pytest.fixture
def corpus(engine: Engine) -> Corpus:
    """Several segments, some documents replaced and some deleted."""
    texts = invented()
    for part in range(COMMITS):
        engine.add(
            document(key, " ".join(sorted(said)), at=at(number))
            for number, (key, said) in enumerate(texts.items())
            if number % COMMITS == part
        )
        engine.commit()
    gone = [f"d{number}" for number in range(DOCUMENTS) if number % 7 < 2]
    engine.delete(gone)
    engine.commit()
    return {key: said for key, said in texts.items() if key not in gone}


def check(engine: Engine, text: str, wanted: set[str]) -> None:
    whole = engine.search(plan(text), 2000)
    found = [candidate.stored.document.id for candidate in whole.candidates]
    assert len(found) == len(set(found)), text
    assert set(found) == wanted, text
    assert whole.total == len(wanted), text
    few = engine.search(plan(text), 10)
    assert few.total == len(wanted), text
    best = [round(candidate.score, 3) for candidate in whole.candidates[:10]]
    assert [round(candidate.score, 3) for candidate in few.candidates] == best, text
    assert {c.stored.document.id for c in few.candidates} <= wanted, text


def test_few_best_are_the_best_of_all(engine: Engine) -> None:
    chance = random.Random(3)
    said: dict[str, list[str]] = {}
    for number in range(1500):
        spoken = [
            chance.choice(WORDS[: chance.randint(1, 5)])
            for _ in range(chance.choice(LENGTHS))
        ]
        said[f"d{number}"] = spoken + ["so"] * chance.randrange(1, 60)
    engine.add(document(key, " ".join(spoken)) for key, spoken in said.items())
    engine.commit()
    asked = WORDS[:5]
    wanted = {key for key, spoken in said.items() if set(asked) & set(spoken)}
    check(engine, " ".join(asked), wanted)
    check(engine, f"{' '.join(asked)} NOT zebra", wanted)


@pytest.mark.parametrize("seed", range(TREES // 40))
def test_nested_logic_finds_exactly(engine: Engine, corpus: Corpus, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        text, holds = tree(chance, depth=3)
        wanted = {key for key, said in corpus.items() if holds(said)}
        check(engine, text, wanted)


def tree(chance: random.Random, depth: int) -> tuple[str, Test]:
    """A typed query and what it means for the words of a document."""
    kind = chance.choice(("word", "and", "or", "not") if depth else ("word",))
    if kind == "word":
        word = chance.choice(WORDS)
        return word, lambda said: word in said
    first, holds_first = tree(chance, depth - 1)
    if kind == "not":
        return f"(NOT {first})", lambda said: not holds_first(said)
    second, holds_second = tree(chance, depth - 1)
    if kind == "and":
        text = f"({first} AND {second})"
        return text, lambda said: holds_first(said) and holds_second(said)
    text = f"({first} OR {second})"
    return text, lambda said: holds_first(said) or holds_second(said)
