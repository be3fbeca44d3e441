"""Catalogue, people, cues, contents and jobs, on both databases."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from folkmoot.store import (
    Database,
    captioning,
    catalogue,
    clients,
    contents,
    cues,
    jobs,
    people,
    snapshots,
)
from tests.fakes import FakeClock

NOW = FakeClock()()


def _meeting(meeting_id: str = "m_1", slug: str = "square") -> catalogue.MeetingRow:
    return catalogue.MeetingRow(
        meeting_id=meeting_id,
        slug=slug,
        series_id=None,
        title="Square",
        purpose="",
        visibility="public",
        phase="upcoming",
        starts_at=NOW,
        opened_at=None,
        ended_at=None,
        join_code=f"code-{meeting_id}",
        public_path=f"path-{meeting_id}",
        demonstration=False,
        created_at=NOW,
    )


async def test_meeting_is_found_by_all_its_names(database: Database) -> None:
    row = _meeting()
    await database.run(lambda c: catalogue.add_meeting(c, row))
    for find, value in (
        (catalogue.meeting_by_id, "m_1"),
        (catalogue.meeting_by_slug, "square"),
        (catalogue.meeting_by_join_code, "code-m_1"),
        (catalogue.meeting_by_public_path, "path-m_1"),
    ):
        assert await database.read(lambda c, f=find, v=value: f(c, v)) == row
        assert await database.read(lambda c, f=find: f(c, "nothing")) is None


async def test_slug_is_given_once(database: Database) -> None:
    await database.run(lambda c: catalogue.add_meeting(c, _meeting()))
    with pytest.raises(sa.exc.IntegrityError):
        await database.run(lambda c: catalogue.add_meeting(c, _meeting("m_2")))


async def test_meetings_are_listed_newest_first_and_by_phase(
    database: Database,
) -> None:
    def work(c: sa.Connection) -> None:
        catalogue.add_meeting(c, _meeting("m_1", "one"))
        catalogue.add_meeting(c, _meeting("m_2", "two"))
        later = NOW + timedelta(hours=1)
        catalogue.change_meeting(c, "m_2", phase="live", opened_at=later)

    await database.run(work)
    every = await database.read(catalogue.list_meetings)
    assert [row.slug for row in every] == ["two", "one"]
    live = await database.read(lambda c: catalogue.list_meetings(c, phase="live"))
    assert [row.slug for row in live] == ["two"]


async def test_rooms_keep_their_order_and_are_found_by_key(
    database: Database,
) -> None:
    rooms = [
        catalogue.RoomRow(
            meeting_id="m_1",
            room_id=f"r_{9 - n}",
            slug=f"room-{n}",
            stream_key=f"key-{n}",
            camera_token=f"camera-{n}",
        )
        for n in range(3)
    ]
    for room in rooms:
        await database.run(lambda c, r=room: catalogue.add_room(c, r))
    assert await database.read(lambda c: catalogue.rooms_of(c, "m_1")) == rooms
    await database.run(lambda c: catalogue.renew_stream_key(c, "m_1", "r_9", "new"))
    found = await database.read(lambda c: catalogue.room_by_stream_key(c, "new"))
    assert found is not None
    assert found.room_id == "r_9"
    assert await database.read(lambda c: catalogue.room_by_stream_key(c, "key-0")) is (
        None
    )
    found = await database.read(lambda c: catalogue.room_by_camera_token(c, "camera-1"))
    assert found == rooms[1]


async def test_series_has_organisers(database: Database) -> None:
    row = catalogue.SeriesRow(
        series_id="e_1", slug="council", title="Council", scope="", created_at=NOW
    )

    def work(c: sa.Connection) -> None:
        catalogue.add_series(c, row)
        catalogue.add_organiser(c, "e_1", "p_1")
        catalogue.add_organiser(c, "e_1", "p_1")
        catalogue.add_organiser(c, "e_1", "p_2")
        catalogue.remove_organiser(c, "e_1", "p_2")

    await database.run(work)
    assert await database.read(catalogue.list_series) == [row]
    assert await database.read(lambda c: catalogue.series_by_slug(c, "council")) == row
    assert await database.read(lambda c: catalogue.series_by_id(c, "e_1")) == row
    assert await database.read(lambda c: catalogue.organisers_of(c, "e_1")) == {"p_1"}
    mine = await database.read(lambda c: catalogue.series_organised_by(c, "p_1"))
    assert mine == {"e_1"}


async def test_signin_link_works_once_and_a_session_until_revoked(
    database: Database,
) -> None:
    person = people.Person(person_id="p_1", name="Ann", admin=True, created_at=NOW)
    link, session = people.hash_secret("link"), people.hash_secret("session")
    later = NOW + timedelta(minutes=10)

    def work(c: sa.Connection) -> None:
        people.add_person(c, person)
        for token_hash, kind in ((link, "signin"), (session, "session")):
            people.add_token(
                c,
                people.Token(
                    token_hash=token_hash,
                    person_id="p_1",
                    kind=kind,
                    created_at=NOW,
                    expires_at=later,
                ),
            )

    await database.run(work)

    async def use(token: str, now=NOW):
        return await database.run(lambda c: people.use_signin(c, token, now=now))

    async def who(token: str, now=NOW):
        return await database.read(lambda c: people.person_by_token(c, token, now=now))

    assert await use(link, later) is None
    assert await use(session) is None
    assert await use(link) == person
    assert await use(link) is None
    assert await who(link) is None
    assert await who(session) == person
    assert await who(session, later) is None
    await database.run(lambda c: people.revoke_token(c, session, now=NOW))
    assert await who(session) is None


async def test_person_is_one_member_of_a_meeting(database: Database) -> None:
    member = people.Member(
        member_id="b_1", meeting_id="m_1", person_id="p_1", name="Ann", created_at=NOW
    )
    again = people.Member(
        member_id="b_2", meeting_id="m_1", person_id="p_1", name="Anna", created_at=NOW
    )
    assert await database.run(lambda c: people.add_member(c, member)) == member
    assert await database.run(lambda c: people.add_member(c, again)) == member
    await database.run(lambda c: people.rename_member(c, "b_1", "Anna"))
    (found,) = await database.read(lambda c: people.members_of(c, "m_1"))
    assert (found.member_id, found.name) == ("b_1", "Anna")


async def test_invitation_is_found_by_its_secret_only(database: Database) -> None:
    secret = people.hash_secret("s")
    await database.run(lambda c: people.add_invite_secret(c, "i_1", "m_1", secret))
    found = await database.read(lambda c: people.invite_by_secret(c, secret))
    assert found == ("m_1", "i_1")
    assert await database.read(lambda c: people.invite_by_secret(c, "s")) is None


async def test_drafts_are_read_by_nobody_until_they_are_published(
    database: Database,
) -> None:
    def cue(number: int, **more) -> cues.CueRow:
        return cues.CueRow(
            cue_id=f"q_{number}",
            meeting_id="m_1",
            room_id="r_1",
            start_at=NOW + timedelta(seconds=number),
            end_at=NOW + timedelta(seconds=number + 1),
            text=f"word {number}",
            **({"provenance": "machine"} | more),
        )

    live = [cue(1), cue(2, provenance="corrected", by="b_1"), cue(9)]
    waits = [cue(11, draft=True), cue(12, draft=True), cue(13, draft=True)]
    # The same seconds as those of the live ones, and one more.
    times = [NOW + timedelta(seconds=number) for number in (1, 2, 3)]
    waits = [
        msgspec.structs.replace(row, start_at=at, end_at=at + timedelta(seconds=1))
        for row, at in zip(waits, times, strict=True)
    ]
    await database.run(lambda c: cues.add_cues(c, [*live, *waits]))
    assert await database.read(lambda c: cues.cues_of(c, "m_1", "r_1")) == live
    found = await database.read(lambda c: cues.cues_of(c, "m_1", "r_1", drafts=True))
    assert found == waits
    span = await database.run(lambda c: cues.publish_drafts(c, "m_1", "r_1"))
    assert span == (times[0], times[2] + timedelta(seconds=1))
    found = await database.read(lambda c: cues.cues_of(c, "m_1", "r_1"))
    # The machine's first word gave way, a person's stayed, what lay elsewhere too.
    assert [row.cue_id for row in found] == ["q_11", "q_2", "q_13", "q_9"]
    assert await database.run(lambda c: cues.publish_drafts(c, "m_1", "r_1")) is None
    typed = cue(20, provenance="typed", draft=True)
    await database.run(lambda c: cues.add_cues(c, [typed]))
    last = await database.read(lambda c: cues.last_end(c, "m_1", "r_1"))
    assert last == NOW + timedelta(seconds=21)
    # Behind what nobody may read yet a machine would leave a hole.
    last = await database.read(lambda c: cues.captioned_until(c, "m_1", "r_1"))
    assert last == NOW + timedelta(seconds=10)


async def test_how_a_meeting_is_captioned_is_kept(database: Database) -> None:
    assert (
        await database.read(lambda c: captioning.captioning_of(c, "m_1"))
        == captioning.Captioning()
    )
    for chosen in (
        captioning.Captioning(when="after", glossary="Ilium"),
        captioning.Captioning(model="small", by_hand=True),
    ):
        await database.run(
            lambda c, chosen=chosen: captioning.set_captioning(c, "m_1", chosen)
        )
        found = await database.read(lambda c: captioning.captioning_of(c, "m_1"))
        assert found == chosen


async def test_cues_are_replaced_by_provenance_and_read_by_span(
    database: Database,
) -> None:
    def cue(number: int, **more) -> cues.CueRow:
        return cues.CueRow(
            cue_id=f"q_{number}",
            meeting_id="m_1",
            room_id="r_1",
            start_at=NOW + timedelta(seconds=number),
            end_at=NOW + timedelta(seconds=number + 1),
            text=f"word {number}",
            **more,
        )

    old = [cue(1), cue(2, provenance="corrected", by="b_1"), cue(3)]
    await database.run(lambda c: cues.add_cues(c, old))
    new = [cue(4, source_hash="h"), cue(5, source_hash="h")]
    await database.run(
        lambda c: cues.replace_cues(c, "m_1", "r_1", new, provenances=["imported"])
    )
    found = await database.read(lambda c: cues.cues_of(c, "m_1", "r_1"))
    assert found == [old[1], *new]
    span = await database.read(
        lambda c: cues.cues_of(
            c,
            "m_1",
            "r_1",
            from_at=NOW + timedelta(seconds=3),
            to_at=NOW + timedelta(seconds=5),
        )
    )
    assert span == [new[0]]
    corrected = await database.read(
        lambda c: cues.count_cues(c, "m_1", "r_1", provenances=["corrected"])
    )
    assert corrected == 1
    imported = await database.read(
        lambda c: cues.count_cues(c, "m_1", "r_1", source_hash="h")
    )
    assert imported == 2


async def test_texts_are_read_by_grant_hidden_by_revoking_gone_when_erased(
    database: Database,
) -> None:
    rows = [
        {
            "content_id": name,
            "meeting_id": "m_1",
            "item_id": "c_1",
            "body": '{"text":"' + name + '"}',
        }
        for name in ("k_1", "k_2", "k_3")
    ]

    def work(c: sa.Connection) -> None:
        contents.add_contents(c, rows)
        grants = {("k_1", "public"): True, ("k_2", "public"): True}
        contents.set_grants(c, grants | {("k_3", "staff"): True})
        contents.set_grants(c, {("k_2", "public"): False})

    await database.run(work)

    async def read():
        return await database.read(
            lambda c: contents.texts_for(c, "public", ["k_1", "k_2", "k_3", "k_4"])
        )

    assert await read() == {
        "k_1": {"text": "k_1"},
        "k_2": "hidden",
        "k_3": "hidden",
        "k_4": "withdrawn",
    }
    await database.run(lambda c: contents.erase(c, ["k_1"]))
    await database.run(lambda c: contents.set_grants(c, {("k_2", "public"): True}))
    assert (await read())["k_1"] == "withdrawn"
    assert (await read())["k_2"] == {"text": "k_2"}
    written = await database.read(lambda c: contents.written_for(c, "m_1", "c_1"))
    assert written == ["k_2", "k_3"]


async def test_clients_and_snapshots_keep_the_last(database: Database) -> None:
    def work(c: sa.Connection) -> None:
        for number in (1, 2):
            clients.keep_answers(c, "m_1", {("b_1", "x"): (number, "{}")}, at=NOW)
            snapshots.keep_snapshots(
                c, "m_1", seq=number, fold_version=1, bodies={"": f"{number}"}
            )

    await database.run(work)
    found = await database.read(
        lambda c: clients.last_answers(c, "m_1", [("b_1", "x"), ("b_2", "x")])
    )
    assert found == {("b_1", "x"): (2, "{}")}
    kept = await database.read(
        lambda c: snapshots.read_snapshots(c, "m_1", fold_version=1)
    )
    assert kept == (2, {"": "2"})
    other = await database.read(
        lambda c: snapshots.read_snapshots(c, "m_1", fold_version=2)
    )
    assert other == (0, {})


async def test_job_is_claimed_by_one_and_taken_over_after_its_lease(
    database: Database,
) -> None:
    job = jobs.Job(job_id="j_1", kind="mail", run_at=NOW, body={"to": "b_1"})
    lease = timedelta(minutes=1)
    await database.run(lambda c: jobs.enqueue(c, job))
    await database.run(lambda c: jobs.enqueue(c, job))

    async def claim(by: str, now=NOW):
        return await database.run(
            lambda c: jobs.claim_due(c, by=by, now=now, lease=lease)
        )

    assert await claim("one", NOW - timedelta(seconds=1)) == []
    (claimed,) = await claim("one")
    assert (claimed.body, claimed.attempts) == ({"to": "b_1"}, 1)
    assert await claim("two") == []
    (taken,) = await claim("two", NOW + lease)
    assert (taken.claimed_by, taken.attempts) == ("two", 2)
    assert not await database.run(lambda c: jobs.finish(c, "j_1", by="one"))
    assert await database.run(lambda c: jobs.finish(c, "j_1", by="two"))
    assert await database.read(lambda c: jobs.job_by_id(c, "j_1")) is None


async def test_job_that_failed_keeps_its_error_and_runs_again(
    database: Database,
) -> None:
    job = jobs.Job(job_id="j_1", kind="mail", run_at=NOW, body={})
    later = NOW + timedelta(minutes=5)
    await database.run(lambda c: jobs.enqueue(c, job))

    async def claim(now):
        lease = timedelta(minutes=1)
        return await database.run(
            lambda c: jobs.claim_due(c, by="one", now=now, lease=lease)
        )

    async def fail(retry_at):
        assert await database.run(
            lambda c: jobs.fail(
                c, "j_1", by="one", error="no route", now=NOW, retry_at=retry_at
            )
        )

    await claim(NOW)
    await fail(later)
    assert await claim(NOW) == []
    (again,) = await claim(later)
    assert (again.last_error, again.attempts) == ("no route", 2)
    await fail(None)
    assert await claim(later + timedelta(days=1)) == []
    kept = await database.read(lambda c: jobs.job_by_id(c, "j_1"))
    assert kept is not None
    assert kept.failed_at == NOW
