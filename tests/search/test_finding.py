"""Looking through one meeting: every place, in order of time, as one types."""

from __future__ import annotations

import pytest

from folkmoot.search.finding import Places
from folkmoot.search.query import QueryError
from folkmoot.search.service import Query, SearchService
from tests.search.corpora import at
from tests.search.test_service import service

__all__ = ["service"]  # fixture


async def find(service: SearchService, text: str, **given: str) -> Places:
    return await service.find(Query(text=text, meeting="spring", **given))


def shown(found: Places) -> list[tuple[float, str]]:
    return [
        ((each.at - at(0)).total_seconds(), each.text_html) for each in found.places
    ]


NIGHT = "The &lt;b&gt;<mark>night bus</mark>&lt;/b&gt; will run again."


async def test_places_are_cues_and_nothing_that_was_written(
    service: SearchService,
) -> None:
    found = await find(service, "night bus")
    assert shown(found) == [(6.0, NIGHT)]
    (place,) = found.places
    assert (place.room, place.speaker, place.agenda_item) == (
        "hall",
        "Ann Lee",
        "Roads",
    )
    assert (await find(service, "tree")).total == 0  # only somebody's writing
    assert (await service.find(Query(text="bus", meeting="autumn"))).total == 0


async def test_words_are_found_while_they_are_typed(service: SearchService) -> None:
    assert shown(await find(service, "nigh")) == [
        (6.0, NIGHT.replace("<mark>night bus</mark>", "<mark>night</mark> bus"))
    ]
    assert shown(await find(service, "ni")) == []
    with pytest.raises(QueryError):
        await find(service, "night (bus")


async def test_a_place_has_all_the_words_or_as_many_as_there_are(
    service: SearchService,
) -> None:
    # "hall" ends one cue, "night" begins the next: said together, where it begins.
    assert [second for second, _ in shown(await find(service, "hall night"))] == [0.0]
    # Nowhere together: where either is said.
    assert [second for second, _ in shown(await find(service, "morning thank"))] == [
        0.0,
        12.0,
    ]
    assert [s for s, _ in shown(await find(service, "speaker:bob"))] == [12.0]
    assert shown(await find(service, '"welcome to the hall"'))[0][0] == 0.0
