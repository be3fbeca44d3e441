"""What every engine promises; each test runs on Tantivy and on Whoosh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from folkmoot.search.engine import Engine
from folkmoot.search.engines import EngineName, opener
from folkmoot.search.plan import Filters, Plan, make_plan
from folkmoot.search.spelling import suggest
from folkmoot.search.text import Analyzer
from tests.search.corpora import MakeEngine, at, document


def plan(text: str, **filters: object) -> Plan:
    return make_plan(text, Filters(**filters), Analyzer())  # type: ignore[arg-type]


def ids(engine: Engine, text: str, limit: int = 10, **filters: object) -> list[str]:
    found = engine.search(plan(text, **filters), limit)
    return [candidate.stored.document.id for candidate in found.candidates]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    engine.add(
        [
            document(
                "bus",
                "The bus to the hospital is always late, every bus.",
                speakers=("Ann Lee",),
                room_id="r_hall",
                room_slug="hall",
                room_name="Great Hall",
                groups=("room:r_hall",),
                at=at(0),
            ),
            document(
                "trees",
                "Plant trees along the road to the hospital.",
                kind="speech",
                speakers=("Bob Lee", "Ann Stone"),
                agenda_items=("Green roads",),
                groups=("room:r_hall",),
                sessions=("s_1",),
                at=at(100),
            ),
            document(
                "school",
                "Children walk to school on the road.",
                kind="session",
                title="Safe ways",
                meeting_id="m_two",
                meeting_slug="autumn",
                meeting_title="Autumn forum",
                at=at(200),
            ),
        ]
    )
    engine.commit()
    return engine


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bus", {"bus"}),
        ("HOSPITALS", {"bus", "trees"}),
        ("hospital", {"bus", "trees"}),
        ("hospital trams", {"bus", "trees"}),
        ('"the road"', {"trees", "school"}),
        ('"road the"', set()),
        ('"along the road"', {"trees"}),
        ("road AND hospital", {"trees"}),
        ("road NOT hospital", {"school"}),
        ("NOT road", {"bus"}),
        ("road NOT zebra", {"trees", "school"}),
        ("road NOT (hospital tree)", {"school"}),
        ("kind:speech road NOT kind:report", {"trees"}),
        ("bus OR school", {"bus", "school"}),
        ("(bus OR school) AND hospital", {"bus"}),
        ("hosp*", {"bus", "trees"}),
        ("r?ad", {"trees", "school"}),
        ("...", {"bus", "trees", "school"}),
        ("speaker:ann", {"bus", "trees"}),
        ('speaker:"ann lee"', {"bus"}),
        ("speaker:(stone OR nobody)", {"trees"}),
        ("speaker:sto*", {"trees"}),
        ("agenda:green", {"trees"}),
        ("kind:session", {"school"}),
        ("kind:session bus", set()),
        ("meeting:autumn", {"school"}),
        ("meeting:m_one", {"bus", "trees"}),
        ("room:hall", {"bus"}),
        ('room:"Great Hall"', {"bus"}),
        ("date:2026", {"bus", "trees", "school"}),
        ("date:[2025 to 2026-03-01]", set()),
        ("date:[2026-03-02T09:01 to]", {"trees", "school"}),
        ("safe", {"school"}),
        ("green", {"trees"}),
        ("stone", {"trees"}),
        ("what about the bus?", {"bus"}),
        ("", {"bus", "trees", "school"}),
        ("?!", {"bus", "trees", "school"}),
    ],
)
def test_query_finds(filled: Engine, text: str, found: set[str]) -> None:
    assert set(ids(filled, text)) == found
    assert filled.search(plan(text), 10).total == len(found)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"meeting": "spring"}, {"bus", "trees"}),
        ({"room": "r_hall"}, {"bus"}),
        ({"speaker": "Stone"}, {"trees"}),
        ({"agenda": "green road"}, {"trees"}),
        ({"kind": "session"}, {"school"}),
        ({"session": "s_1"}, {"trees"}),
        ({"session": "s_2"}, set()),
        ({"from_at": at(100)}, {"trees", "school"}),
        ({"before_at": at(100)}, {"bus"}),
        ({"meetings": frozenset({"m_two"})}, {"school"}),
        ({"meetings": frozenset()}, set()),
    ],
)
def test_filter_keeps(filled: Engine, filters: dict[str, Any], found: set[str]) -> None:
    assert set(ids(filled, "", **filters)) == found
    assert set(ids(filled, "hospital school", **filters)) == found


def test_more_words_found_rank_higher(filled: Engine) -> None:
    assert ids(filled, "trees hospital")[0] == "trees"
    assert ids(filled, "hospital bus")[0] == "bus"


def test_query_without_words_lists_newest_first(filled: Engine) -> None:
    assert ids(filled, "date:2026") == ["school", "trees", "bus"]
    assert ids(filled, "date:2026", limit=2) == ["school", "trees"]


def test_same_id_is_replaced(filled: Engine) -> None:
    filled.add([document("bus", "Now about trams.")])
    filled.commit()
    assert ids(filled, "bus") == []
    assert ids(filled, "trams") == ["bus"]


def test_deleted_is_gone_after_commit(filled: Engine) -> None:
    filled.delete(["bus", "never there"])
    assert "bus" in ids(filled, "hospital")
    filled.commit()
    assert ids(filled, "hospital") == ["trees"]
    assert filled.search(plan("hospital"), 10).total == 1


def test_group_is_deleted_whole(filled: Engine) -> None:
    assert set(filled.group("room:r_hall")) == {"bus", "trees"}
    filled.add([document("late", "hospital", groups=("room:r_hall",))])
    filled.delete_group("room:r_hall")
    filled.add([document("next", "hospital", groups=("room:r_hall",))])
    filled.commit()
    assert set(filled.group("room:r_hall")) == {"next"}
    assert ids(filled, "hospital") == ["next"]


def test_known_are_the_committed_ones(filled: Engine) -> None:
    filled.add([document("new", "zebra")])
    assert filled.known(["bus", "new", "never"]).keys() == {"bus"}
    filled.delete(["bus"])
    filled.commit()
    assert {key: d.text for key, d in filled.known(["bus", "new"]).items()} == {
        "new": "zebra"
    }


def test_rollback_forgets(filled: Engine) -> None:
    filled.delete(["bus"])
    filled.add([document("new", "zebra")])
    filled.rollback()
    filled.commit()
    assert ids(filled, "bus zebra") == ["bus"]


def test_a_large_batch_is_kept_or_forgotten_whole(
    filled: Engine, make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folkmoot.search.tantivy_engine._BATCH_DOCUMENTS", 2)
    filled.delete(["bus"])
    filled.add([document(f"new{n}", "zebra", groups=("herd",)) for n in range(5)])
    filled.add([document("late", "zebra")])
    assert ids(make_engine(), "bus zebra") == ["bus"]  # nobody sees half of it
    filled.rollback()
    filled.commit()
    assert ids(filled, "bus zebra") == ["bus"]
    filled.add([document(f"new{n}", "zebra", groups=("herd",)) for n in range(5)])
    filled.delete_group("herd")
    filled.add([document("late", "zebra")])
    filled.delete(["bus"])
    filled.commit()
    assert ids(filled, "bus zebra") == ["late"]


def test_document_comes_back_equal(engine: Engine) -> None:
    whole = document(
        "whole", "Élan & <b>", speakers=("A",), agenda_items=("x",), url="/u"
    )
    engine.add([whole])
    engine.commit()
    (found,) = engine.search(plan("elan"), 10).candidates
    assert found.stored.document == whole


def test_cursors_are_kept_and_never_found(
    filled: Engine, make_engine: MakeEngine
) -> None:
    filled.set_cursor("m_one", 7)
    filled.commit()
    filled.set_cursor("m_one", 9)
    filled.set_cursor("m_two", 1)
    filled.commit()
    assert len(ids(filled, "")) == 3
    assert ids(filled, "NOT bus NOT trees NOT school") == []
    filled.close()
    assert make_engine().cursors() == {"m_one": 9, "m_two": 1}


def test_second_reader_sees_commit_after_refresh(
    filled: Engine, make_engine: MakeEngine
) -> None:
    reader = make_engine()
    filled.add([document("new", "zebra")])
    filled.commit()
    reader.refresh()
    assert ids(reader, "zebra") == ["new"]


def test_frequencies_count_documents(filled: Engine) -> None:
    found = filled.frequencies(["bus", "hospit", "zebra"])
    assert found.with_stem == {"bus": 1, "hospit": 2, "zebra": 0}
    assert found.documents == 3


def test_facets_count_all_matches(filled: Engine, engine_name: EngineName) -> None:
    found = filled.facets(plan("hospital road"))
    if engine_name == "whoosh":
        assert found is None
        return
    assert found is not None
    assert found.exact
    assert found.fields == {
        "kind": {"contribution": 1, "speech": 1, "session": 1},
        "meeting": {"spring": 2, "autumn": 1},
        "room": {"hall": 1},
        "speaker": {"Ann Lee": 1, "Bob Lee": 1, "Ann Stone": 1},
        "agenda": {"Green roads": 1},
        "session": {"s_1": 1},
    }


def test_counts_of_very_many_come_from_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tantivy")
    monkeypatch.setattr("folkmoot.search.tantivy_engine._SAMPLED_FROM", 500)
    engine = opener("tantivy")(tmp_path / "many", Analyzer())
    engine.add(
        document(f"d{n}", "bus" if n % 3 else "bus lane", meeting_slug=f"m{n % 2}")
        for n in range(4000)
    )
    engine.add([document("alone", "a tram and a bus", meeting_slug="m0")])
    engine.commit()
    try:
        many = engine.facets(plan("bus lane"), days=True)
        few = engine.facets(plan("tram"))
        assert many is not None
        assert few is not None
        assert not many.exact
        assert few.exact
        assert few.fields["meeting"] == {"m0": 1}
        assert many.fields["meeting"] == pytest.approx(
            {"m0": 2000, "m1": 2000}, rel=0.2
        )
        assert sum(many.fields["day"].values()) == pytest.approx(4001, rel=0.15)
    finally:
        engine.close()


def test_close_twice_is_one_close(filled: Engine) -> None:
    filled.close()
    filled.close()


@pytest.mark.parametrize(
    ("word", "slips", "found"),
    [
        ("hospitle", 2, {"hospital": 2}),
        ("shcool", 1, {"school": 1}),
        ("tree", 1, {"trees": 1}),
        ("ospital", 1, {}),  # the first letter counts
        ("zzzzzz", 2, {}),
    ],
)
def test_words_near_one_that_was_typed(
    filled: Engine, word: str, slips: int, found: dict[str, int]
) -> None:
    assert filled.near(word, slips) == found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Hosptial late", "hospital late"),
        ('"the raod"', None),  # what is asked for word by word is left alone
        ("childern walking to shcool", "children walking to school"),
        ("bus", None),
        ("buz", None),  # too short to guess
        ("qqqqqqq", None),
    ],
)
def test_another_spelling_is_offered(
    filled: Engine, text: str, meant: str | None
) -> None:
    assert suggest(text, plan(text), [filled]) == meant


def test_no_spelling_comes_from_what_was_taken_out(filled: Engine) -> None:
    filled.delete(["school"])
    filled.commit()
    assert suggest("shcool", plan("shcool"), [filled]) is None


def test_languages_are_those_of_the_texts(filled: Engine) -> None:
    assert filled.languages() == ("english",)
    filled.add(
        [document("cy", "Ynys Môn", language="cy"), document("x", "x", language="fi")]
    )
    filled.commit()
    assert filled.languages() == ("english", "finnish", "plain")


MIXED = {
    "fi": ("Kokous päätti kadusta ja pysäköinnistä", "mitä kokous päätti kaduista"),
    "es": ("La reunión habló de las viviendas", "qué viviendas"),
    "it": ("Le riunioni sulle strade nuove", "quali strada"),
    "nl": ("Vergaderingen over de woningen", "wat over woning"),
    "et": ("Koosolek arutas otsuseid", "millised otsused"),
    "sv": ("Mötet talade om vägarna", "vad om vägen"),
    "pl": ("Zebranie o nowej drodze", "drogę drodze"),
    "hu": ("Az ülésen a házak ügye", "miért házak"),
    "fr": ("La décision sur les logements", "quel logement"),
    "de": ("Die Bäume in den Straßen", "was ist mit dem Baum"),
    "cy": ("Trafodwyd yr ysgolion", "beth yw ysgolion"),
    "en": ("Parking on the streets", "what about the street"),
}


def test_a_text_is_found_in_its_language_among_others(engine: Engine) -> None:
    engine.add(document(code, text, language=code) for code, (text, _) in MIXED.items())
    engine.commit()
    reading = Analyzer().reading(engine.languages())
    for code, (_, question) in MIXED.items():
        found = engine.search(make_plan(question, Filters(), reading), 3).candidates
        assert found[0].stored.document.id == code, question
