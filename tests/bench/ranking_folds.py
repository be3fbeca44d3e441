"""Cross-validate the numbers of the ranking over meetings.

    python -m tests.bench.ranking_folds FOLDER [--settings 60] [--draws 20]

FOLDER is as for the corpus measurement, with `queries.json`. The meetings are dealt into
five folds; for each fold the setting is taken that is best for the questions of the other
four, and the fold's questions count with it. So no question helps to choose what it is
answered with. The last line are the numbers in use, chosen with all questions in sight.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from folkmoot.search import ranking
from folkmoot.search.indexer import Indexer
from folkmoot.search.plan import Filters, make_plan
from folkmoot.search.readers import Readers
from folkmoot.search.text import Analyzer
from tests.bench.corpus_bench import HITS, Copies, Question, _generations, _read

FOLDS = 5
CANDIDATES = 120
# What was tried of each number.
SPACE: dict[str, tuple[float, ...]] = {
    "_NAMED": (0.7, 1.0, 1.4, 2.0),
    "_B": (0.5, 0.75),
    "_AROUND": (1.5, 2.0, 3.0, 4.0, 6.0),
    "_AROUND_SECONDS": (70.0, 100.0, 140.0, 200.0),
    "_AROUND_HALF": (2.0, 3.0, 5.0),
    "_PAIR": (0.0, 0.6, 1.2, 1.8),
    "_BESIDE": (0.3, 0.5, 0.7, 0.9),
    "_CUE_NAME": (0.25, 0.5, 1.0),
    "_SAME_MOMENT_SECONDS": (20.0, 30.0, 45.0, 60.0),
}
# success@1, success@5 and the mean reciprocal rank, as they are printed.
Figures = tuple[float, float, float]


def main() -> None:
    """Print the figures of the folds and of the numbers in use."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--settings", type=int, default=60)
    parser.add_argument("--draws", type=int, default=20)
    options = parser.parse_args()
    material = _read(options.folder)
    asked = [question for question in material.questions if question.spans]
    in_use = {name: getattr(ranking, name) for name in SPACE}
    with tempfile.TemporaryDirectory(prefix="folkmoot-folds-") as folder:
        ready = list(_ask(Path(folder), Copies(material, material.size), asked))
        tried = [
            _places(ready, asked, setting)
            for setting in [in_use, *_settings(in_use, options.settings)]
        ]
    names = sorted({question.meeting for question in asked})
    drawn = [_fold(tried, asked, names, seed) for seed in range(options.draws)]
    print(f"{len(asked)} questions, {len(names)} meetings, {len(tried)} settings")
    for what, pick in (("mean", _mean), ("least", min), ("most", max)):
        found = [pick(column) for column in zip(*drawn, strict=True)]
        print(f"{FOLDS} folds, {what:5}", *(f"{each:.3f}" for each in found))
    print("in use        ", *(f"{each:.3f}" for each in _figures(tried[0])))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _settings(in_use: Mapping[str, float], count: int) -> Iterator[Mapping[str, float]]:
    """Settings in which one to four of the numbers are others."""
    chance = random.Random(7)
    for _ in range(count):
        names = chance.sample(list(SPACE), chance.randint(1, 4))
        yield {**in_use, **{name: chance.choice(SPACE[name]) for name in names}}


Ready = tuple[ranking.Plan, Sequence[ranking.Candidate], tuple[float, ...], Copies]


def _ask(folder: Path, corpus: Copies, asked: Sequence[Question]) -> Iterator[Ready]:
    """The engine's candidates for every question."""
    generations = _generations("tantivy", folder)

    async def build() -> None:
        indexer = Indexer(generations=generations, corpus=corpus)
        await indexer.open()
        await indexer.aclose()

    asyncio.run(build())
    engine = Readers(generations).engines()["public"]
    for question in asked:
        plan = make_plan(question.text, Filters(), Analyzer())
        found = engine.search(plan, CANDIDATES).candidates
        stems = [stem for item in plan.asked for stem in item.stems]
        yield plan, found, ranking.weigh(plan, engine.frequencies(stems)), corpus


def _places(
    ready: Sequence[Ready], asked: Sequence[Question], setting: Mapping[str, float]
) -> list[int]:
    """At which place each question's answer stands with a setting; 0 for nowhere."""
    for name, value in setting.items():
        setattr(ranking, name, value)
    return [
        next(
            (
                place
                for place, hit in enumerate(ranking.rank(*one[:3], HITS), start=1)
                if _answers(hit, question, one[3])
            ),
            0,
        )
        for one, question in zip(ready, asked, strict=True)
    ]


def _answers(hit: ranking.Ranked, question: Question, corpus: Copies) -> bool:
    document = hit.stored.document
    if document.meeting_slug != f"{question.meeting}-0":
        return False
    began = corpus.start_of(document.meeting_id)
    seconds = (document.moment(hit.mark) - began).total_seconds()
    return any(start <= seconds <= end for start, end in question.spans)


def _fold(
    tried: Sequence[Sequence[int]],
    asked: Sequence[Question],
    names: Sequence[str],
    seed: int,
) -> Figures:
    """The figures of one way to deal the meetings into folds."""
    dealt = random.Random(seed).sample(names, len(names))
    fold_of = {name: number % FOLDS for number, name in enumerate(dealt)}
    folds = [fold_of[question.meeting] for question in asked]
    best = [
        max(
            tried,
            key=lambda places: sum(
                _figures([p for p, f in zip(places, folds, strict=True) if f != fold])
            ),
        )
        for fold in range(FOLDS)
    ]
    return _figures([best[fold][number] for number, fold in enumerate(folds)])


def _figures(places: Sequence[int]) -> Figures:
    return (
        _mean([place == 1 for place in places]),
        _mean([0 < place <= 5 for place in places]),
        _mean([1 / place if place else 0.0 for place in places]),
    )


if __name__ == "__main__":
    main()
