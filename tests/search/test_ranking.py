"""Quality on an invented meeting: what a person would open first comes first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from folkmoot.search.corpus import TranscriptCue
from folkmoot.search.engine import Engine
from folkmoot.search.passages import passages
from folkmoot.search.plan import Filters, make_plan
from folkmoot.search.ranking import Ranked, rank, weigh
from folkmoot.search.text import Analyzer
from tests.search.corpora import ROOM, START, cue

# Each topic fills 20 cues; its words come up among talk that all topics share.
TOPICS = {
    "Ann Lee": "night bus timetable drivers depot fares late passengers",
    "Cllr Bob Stone": "flood river embankment pumps insurance cellars rainfall",
    "Cleo Park": "library opening hours volunteers books reading children",
    "Dan Moor": "market stalls rents traders square parking cheese",
    "Eve Hill": "school roof repair classroom asbestos contractor tender",
    "Fay Wood": "park trees benches playground swings dogs fountain",
}
COMMON = [
    "people",
    "council",
    "money",
    "year",
    "need",
    "make",
    "time",
    "good",
    "work",
    "town",
    "think",
    "plan",
]
CUES_A_TOPIC = 20


def talk() -> list[TranscriptCue]:
    chance = random.Random(7)  # the same invented talk in every run
    cues: list[TranscriptCue] = []
    for speaker, subject in TOPICS.items():
        for _ in range(CUES_A_TOPIC):
            said = [*chance.sample(COMMON, 9), *chance.sample(subject.split(), 2)]
            chance.shuffle(said)
            cues.append(cue(len(cues), " ".join(said), speaker=speaker))
    return cues


@pytest.fixture
def meeting(engine: Engine) -> Engine:
    engine.add(passages(ROOM, talk()))
    engine.commit()
    return engine


def ask(engine: Engine, text: str) -> Sequence[Ranked]:
    plan = make_plan(text, Filters(), Analyzer())
    found = engine.search(plan, 100).candidates
    counts = engine.frequencies(s for item in plan.asked for s in item.stems)
    return rank(plan, found, weigh(plan, counts))


def cue_number(hit: Ranked) -> int:
    moment = hit.stored.document.moment(hit.mark)
    return round((moment - START).total_seconds() / 6)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("When do the night buses leave the depot?", 0),
        ("What did the council plan about flooded cellars and insurance?", 1),
        ("Summarize the discussion of library volunteers", 2),
        ("rent of the traders' stalls", 3),
        ("Who repairs the school roof?", 4),
        ("playground in the park", 5),
        ("What did Cllr Stone think people need?", 1),
        ("Dan Moor good work", 3),
    ],
)
def test_question_opens_its_topic(meeting: Engine, text: str, topic: int) -> None:
    assert cue_number(ask(meeting, text)[0]) // CUES_A_TOPIC == topic


def test_opened_cue_holds_words_of_the_question(meeting: Engine) -> None:
    best = ask(meeting, "asbestos contractor")[0]
    assert best.mark is not None
    mark = best.stored.document.marks[best.mark]
    said = best.stored.document.text[mark.start : mark.end]
    assert {"asbestos", "contractor"} & set(said.split())


def test_hits_open_different_moments(meeting: Engine) -> None:
    numbers = sorted(cue_number(hit) for hit in ask(meeting, "night bus fares"))
    assert len(numbers) > 1
    assert all(b - a > 3 for a, b in pairwise(numbers))


def test_no_cue_between_two_that_say_it_is_opened(engine: Engine) -> None:
    said = ["good morning", "the bridge", "yes", "that bridge", "thank you"]
    cues = [cue(number, text) for number, text in enumerate(said)]
    engine.add(passages(ROOM, cues))
    engine.commit()
    assert cue_number(ask(engine, "bridge")[0]) == 1
