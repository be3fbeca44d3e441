"""Contributions as pages show them: in an order, with two levels of replies below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup

from folkmoot.core.talk.speech import MEETING_THREAD as MEETING
from folkmoot.pages.board.timetable import origin_of
from folkmoot.pages.frame.page import Me
from folkmoot.pages.watching.chapters import view_coming
from folkmoot.pages.wording.moments import read_moment, read_moment_or_none, wire_moment
from folkmoot.pages.wording.people import ANONYMOUS, Avatar, draw_avatar
from folkmoot.pages.wording.prose import render_prose

PostState = Literal["shown", "waiting", "hidden", "withdrawn"]
Sorting = Literal["new", "supported", "unanswered"]
SORTINGS: dict[str, str] = {
    "new": "New",
    "supported": "Supported",
    "unanswered": "Unanswered",
}
KINDS = ("idea", "question", "concern", "offer", "need", "action", "story", "note")
PAGE_POSTS = 40
"""Posts of a page without script, and those that a script shows at first."""
LONGEST_FIND = 100
DEPTH = 2
"""Levels of replies that are shown; what is deeper waits folded up."""
Wire = Mapping[str, Any]
_EMPTY: Wire = {}


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or voice note of a post; `alt` says what it shows or what is said.

    `peaks` are the bars of a voice note, from 0 to 100; `heard`: a machine recognised
    its words.
    """

    attachment_id: str
    kind: str
    url: str
    small_url: str = ""
    alt: str = ""
    heard: bool = False
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    peaks: tuple[int, ...] = ()

    @property
    def length(self) -> str:
        """How long a voice note is: `1:05`."""
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes}:{seconds:02}"


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was said to a post, below it; `watch_url` leads to that moment."""

    way: str
    by: str
    html: Markup
    partly: bool = False
    room_name: str = ""
    spoken_at: datetime | None = None
    watch_url: str = ""
    until: datetime | None = None


class AppealView(msgspec.Struct, frozen=True):
    """An author's wish to look again, and the answer once there is one."""

    text: str
    answer: str
    granted: bool | None


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution. `html` is empty where the reader may not read it.

    `reason` is why it is hidden, for staff and its author; `mine` holds for
    the author, also of an anonymous one; `read_at` is when it was read to the room.
    `about_at` is the moment that it speaks to, in all rooms where `room_name` is
    empty; `former` counts its earlier texts.
    """

    contribution_id: str
    thread: str
    href: str
    state: PostState
    kind: str
    author: str
    behalf: str
    origin: str
    avatar: Avatar
    posted_at: datetime | None
    plain: str
    support: int
    supported: bool = False
    mine: bool = False
    edited: bool = False
    read_at: datetime | None = None
    reason: str = ""
    reply_to: str | None = None
    replies: tuple[PostView, ...] = ()
    confirmed: bool = False
    speaks_for: str = ""
    stake: str = ""
    about_at: datetime | None = None
    room_id: str = ""
    room_name: str = ""
    moment_url: str = ""
    attachments: tuple[AttachmentView, ...] = ()
    participants_only: bool = False
    former: int = 0
    answered: bool = False
    answer: AnswerLine | None = None
    spotlit: bool = False
    queued: bool = False
    flagged: bool = False
    appeal: AppealView | None = None

    @property
    def html(self) -> Markup:
        """What it says, rendered when it is shown: a thread may have thousands."""
        return render_prose(self.plain)

    @property
    def open_question(self) -> bool:
        """Whether it asks for an answer that nobody has given yet."""
        return self.kind == "question" and self.state == "shown" and not self.answered


class Subject(msgspec.Struct, frozen=True):
    """What a thread is about: its name in addresses, a title, how much was said."""

    thread: str
    title: str
    count: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What of a thread a reader wants to see; `about` is one of its subjects.

    `find` are words that stand in a post or a reply: also in what is for participants
    alone, waits or is one's own, which no index has.
    """

    sorting: Sorting = "new"
    kind: str = ""
    about: str = ""
    find: str = ""
    page: int = 1


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the posts of a thread, and what else it could show.

    `count` is of all that can be read; `more` says that there is another page.
    """

    thread: str
    posts: tuple[PostView, ...]
    count: int
    wanted: Wanted = Wanted()
    subjects: tuple[Subject, ...] = ()
    more: bool = False

    @property
    def target(self) -> str:
        """The thread to which one adds here."""
        return self.wanted.about or self.thread

    def address(self, path: str, **changes: Any) -> str:
        """Return the address of this thread, shown in another way."""
        wanted = msgspec.structs.replace(self.wanted, **{"page": 1, **changes})
        standing = Wanted()
        query = {
            name: value
            for name, value in (
                ("sort", wanted.sorting if wanted.sorting != "new" else ""),
                ("kind", wanted.kind),
                ("about", wanted.about),
                ("find", wanted.find),
                ("page", wanted.page if wanted.page != standing.page else ""),
            )
            if value
        }
        return f"{path.partition('?')[0]}?{urlencode(query)}#thread"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader's posts are made of: the states of the feeds that it reads.

    `shared` is what is for participants alone.
    """

    public: Wire
    own: Wire = _EMPTY
    shared: Wire = _EMPTY
    staff: Wire = _EMPTY
    me: Me | None = None

    def known(self, name: str) -> Wire:
        """Return a collection of the public's with what is for participants."""
        found: Wire = {**self.public[name], **self.shared.get(name, _EMPTY)}
        return found


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read from an address how a thread is to be shown; nonsense is passed over."""
    sorting = query.get("sort", "")
    kind, page = query.get("kind", ""), query.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 5 else 1
    return Wanted(
        sorting=sorting if sorting in SORTINGS else "new",  # type: ignore[arg-type]
        kind=kind if kind in KINDS else "",
        about=query.get("about", "")[:80],
        find=" ".join(query.get("find", "")[:LONGEST_FIND].split()),
        page=max(1, number),
    )


def view_thread(reading: Reading, thread: str, wanted: Wanted | None = None) -> Thread:
    """Return one thread with what the reader may see of it.

    The meeting's own holds those of its agenda items too; any subject of the
    meeting can be looked at alone.
    """
    wanted = wanted or Wanted()
    posts = list(_view_posts(reading))
    subjects = _subjects(reading, posts) if thread == MEETING else ()
    if wanted.about not in {subject.thread for subject in subjects}:
        wanted = msgspec.structs.replace(wanted, about="")
    if wanted.about:
        here = [post for post in posts if post.thread == wanted.about]
    else:
        here = [post for post in posts if belongs(post.thread, thread)]
    shown = sum(post.state == "shown" for post in here)
    tops = [post for post in _nest(here) if _is_wanted(post, wanted)]
    tops.sort(key=_ORDERS[wanted.sorting])
    start = (wanted.page - 1) * PAGE_POSTS
    return Thread(
        thread=thread,
        posts=tuple(tops[start : start + PAGE_POSTS]),
        count=shown,
        wanted=wanted,
        subjects=subjects,
        more=len(tops) > start + PAGE_POSTS,
    )


def belongs(thread: str, to: str) -> bool:
    """Whether what is said in a thread stands in another one too."""
    return thread == to or (to == MEETING and thread.startswith("agenda:"))


def _is_wanted(post: PostView, wanted: Wanted) -> bool:
    if wanted.sorting == "unanswered" and not post.open_question:
        return False
    if wanted.find and not _holds(post, wanted.find.casefold().split()):
        return False
    return not wanted.kind or post.kind == wanted.kind


def _holds(post: PostView, words: list[str]) -> bool:
    """Whether all words stand in a post, or in one of its replies."""
    attached = (one.alt for one in post.attachments)
    said = " ".join((post.plain, post.author, *attached)).casefold()
    return all(word in said for word in words) or any(
        _holds(reply, words) for reply in post.replies
    )


def _subjects(reading: Reading, posts: Iterable[PostView]) -> tuple[Subject, ...]:
    """Return the meeting as a whole, its agenda items, and sessions that were spoken of."""
    counts: dict[str, int] = {}
    for post in posts:
        if post.state == "shown":
            counts[post.thread] = counts.get(post.thread, 0) + 1
    subjects = [Subject(MEETING, "The meeting as a whole", counts.get(MEETING, 0))]
    markers = sorted(reading.public["markers"].values(), key=lambda m: m["marked_at"])
    for marker in markers:
        thread = f"agenda:{marker['marker_id']}"
        label = (marker.get("content") or {}).get("label", "")
        if marker["kind"] == "agenda" and label:
            subjects.append(Subject(thread, label, counts.get(thread, 0)))
    subjects += [
        Subject(item.thread, item.label, counts.get(item.thread, 0))
        for item in view_coming(reading.public)
    ]
    for session in reading.public["sessions"].values():
        thread = f"session:{session['session_id']}"
        title = (session.get("content") or {}).get("title", "")
        if title and thread in counts:
            subjects.append(Subject(thread, title, counts[thread]))
    return tuple(subjects)


def view_newest(reading: Reading, count: int) -> tuple[PostView, ...]:
    """Return the newest posts of all threads that everyone may read."""
    public = Reading(public=reading.public, me=reading.me)
    posts = [post for post in _view_posts(public) if post.state == "shown"]
    return tuple(sorted(posts, key=_moment, reverse=True)[:count])


def view_queue(reading: Reading) -> tuple[PostView, ...]:
    """Return what waits for a moderator, oldest first."""
    waiting = [
        _view_post(item, reading, state="waiting")
        for item in reading.staff.get("contributions", {}).values()
        if item["waiting"]
    ]
    return tuple(sorted(waiting, key=_moment))


def view_post(reading: Reading, contribution_id: str) -> PostView | None:
    """Return one post with its replies, or None if this reader has no such post."""
    posts = list(_view_posts(reading))
    for post in posts:
        if post.contribution_id == contribution_id:
            return _with_replies(post, _children(posts), 0)
    return None


def _nest(posts: Iterable[PostView]) -> list[PostView]:
    """Put replies below what they answer; without order among the first ones."""
    posts = list(posts)
    known = {post.contribution_id for post in posts}
    below = _children(posts)
    tops = [post for post in posts if post.reply_to not in known]
    nested = (_with_replies(post, below, 0) for post in tops)
    # A stub without replies says nothing to anybody.
    return [post for post in nested if post.state != "withdrawn" or post.replies]


def _children(posts: Iterable[PostView]) -> dict[str, list[PostView]]:
    below: dict[str, list[PostView]] = {}
    for post in sorted(posts, key=_moment):
        if post.reply_to is not None:
            below.setdefault(post.reply_to, []).append(post)
    return below


def _with_replies(
    post: PostView, below: Mapping[str, list[PostView]], level: int
) -> PostView:
    """Return a post with its replies; at the last level all deeper ones in a row."""
    if level == DEPTH:
        deeper = sorted(_all_below(post, below), key=_moment)
        replies = [one for one in deeper if one.state != "withdrawn"]
    else:
        nested = (
            _with_replies(reply, below, level + 1)
            for reply in below.get(post.contribution_id, ())
        )
        replies = [one for one in nested if one.state != "withdrawn" or one.replies]
    return msgspec.structs.replace(post, replies=tuple(replies))


def _all_below(
    post: PostView, below: Mapping[str, list[PostView]]
) -> Iterator[PostView]:
    # Nobody can answer what isn't there yet, so this comes to an end.
    for reply in below.get(post.contribution_id, ()):
        yield reply
        yield from _all_below(reply, below)


def _moment(post: PostView) -> datetime:
    """Order by time; an own post of the first days, without one, is the newest."""
    return post.posted_at or datetime.max.replace(tzinfo=UTC)


def _newest_first(post: PostView) -> float:
    return -_moment(post).timestamp()


def _supported_first(post: PostView) -> tuple[int, float]:
    return -post.support, _newest_first(post)


_ORDERS: dict[str, Callable[[PostView], Any]] = {
    "new": _newest_first,
    "supported": _supported_first,
    "unanswered": _supported_first,
}


def _view_posts(reading: Reading) -> Iterable[PostView]:
    shown = reading.known("contributions")
    for item in shown.values():
        state = _state_of(item)
        own = reading.own.get("authored", {}).get(item["contribution_id"])
        if state == "hidden" and own is not None and own["waiting"]:
            state = "waiting"  # put back: somebody reads it again
        yield _view_post(item, reading, state=state)
    # One's own post that waits or was never published stands in one's own feed alone.
    for key, own in reading.own.get("authored", {}).items():
        if key not in shown and not own["withdrawn"]:
            yield _view_own(own, reading)


def _state_of(item: Wire) -> PostState:
    if item["withdrawn"]:
        return "withdrawn"
    return "hidden" if item["hidden"] else "shown"


def _view_post(item: Wire, reading: Reading, *, state: PostState) -> PostView:
    key = item["contribution_id"]
    content = item.get("content") or _hidden_text(key, state, reading)
    text = content.get("text") or ""
    author = content.get("author") or ""
    return PostView(
        contribution_id=key,
        thread=item["thread"],
        href=f"/m/{reading.public['slug']}/c/{key}",
        state=state,
        kind=item["kind"],
        author=author,
        behalf=content.get("on_behalf_of") or "",
        origin=origin_of(content),
        avatar=draw_avatar(author) if author else ANONYMOUS,
        posted_at=read_moment(item["posted_at"]),
        plain=text,
        support=item["support"],
        supported=bool(reading.own.get("support_votes", {}).get(key)),
        mine=key in reading.own.get("authored", {}),
        flagged=any(
            flag["contribution_id"] == key
            for flag in reading.own.get("flags", {}).values()
        ),
        appeal=_appeal(key, reading),
        edited=item["edited"],
        read_at=read_moment_or_none(item["read_aloud_at"]),
        reason=_reason(key, reading),
        reply_to=item["reply_to"],
        confirmed=item["confirmed"],
        participants_only=item["circle"] == "participants",
        former=len(item["formers"]) if state == "shown" else 0,
        answered=_is_answered(key, reading),
        answer=_answer_line(key, reading) if state == "shown" else None,
        spotlit=any(
            one["contribution_id"] == key
            for one in reading.public["spotlights"].values()
        ),
        queued=key in reading.staff.get("spotlight_queue", ()),
        **_said(content, reading),
        **_spoken_to(item, reading),
    )


def _said(content: Wire, reading: Reading) -> dict[str, Any]:
    """Return what the author says of itself, and what is attached."""
    slug = reading.public["slug"]
    return {
        "speaks_for": content.get("speaks_for") or "",
        "stake": content.get("stake") or "",
        "attachments": view_attachments(content, slug),
    }


def view_attachments(content: Wire, slug: str) -> tuple[AttachmentView, ...]:
    """Return what a text has attached; what only a command names has no size yet."""
    return tuple(
        _view_attachment(one, f"/m/{slug}/attachments/{one['attachment_id']}")
        for one in content.get("attachments") or ()
    )


def _view_attachment(one: Wire, base: str) -> AttachmentView:
    picture = one["kind"] == "image"
    return AttachmentView(
        attachment_id=one["attachment_id"],
        kind=one["kind"],
        heard=bool(one.get("heard")),
        url=f"{base}/large" if picture else f"{base}/voice",
        small_url=f"{base}/small" if picture else "",
        alt=one.get("alt") or one.get("text") or "",
        width=one.get("width") or 0,
        height=one.get("height") or 0,
        seconds=one.get("seconds") or 0.0,
        peaks=tuple(one.get("peaks") or ()),
    )


def _spoken_to(item: Wire, reading: Reading) -> dict[str, Any]:
    """Return the moment that a post speaks to, and the way there.

    What was written to an item beforehand speaks to its beginning, once it has begun.
    """
    if item["about_at"] is None:
        kind, _, item_id = item["thread"].partition(":")
        marker = reading.public["markers"].get(item_id) if kind == "agenda" else None
        if marker is None:
            return {}
        item = {"about_at": marker["marked_at"], "room_id": marker["room_id"]}
    at = read_moment(item["about_at"])
    room = reading.public["rooms"].get(item["room_id"] or "", _EMPTY)
    named = {"room": room["slug"]} if room else {}
    query = urlencode({**named, "at": wire_moment(at)})
    return {
        "about_at": at,
        "room_id": item["room_id"] or "",
        "room_name": (room.get("content") or {}).get("name", ""),
        "moment_url": f"/m/{reading.public['slug']}?{query}",
    }


def _answer_line(key: str, reading: Reading) -> AnswerLine | None:
    answer = reading.known("answers").get(key)
    if answer is None or answer["content"] is None:
        return None
    room = reading.public["rooms"].get(answer["room_id"] or "")
    spoken_at = read_moment_or_none(answer["spoken_at"])
    watch_url = ""
    if room is not None and spoken_at is not None:
        # A few seconds before: who marks an answer does so when it has begun.
        at = wire_moment(spoken_at - timedelta(seconds=5))
        query = urlencode({"room": room["slug"], "at": at})
        watch_url = f"/m/{reading.public['slug']}?{query}"
    return AnswerLine(
        way=answer["way"],
        by=answer["content"].get("by") or "",
        html=render_prose(answer["content"].get("text") or ""),
        partly=answer["partly"],
        room_name=((room or {}).get("content") or {}).get("name") or "",
        spoken_at=spoken_at,
        watch_url=watch_url,
        until=read_moment_or_none(answer["until"]),
    )


def _is_answered(key: str, reading: Reading) -> bool:
    answer = reading.known("answers").get(key)
    if answer is None or answer["partly"]:
        return False
    return answer["way"] in {"room", "writing"}


def _hidden_text(key: str, state: PostState, reading: Reading) -> Wire:
    """Return what a hidden post said to whom may still read it: staff, its author."""
    if state not in {"hidden", "waiting"}:
        return _EMPTY
    note = reading.staff.get("hidden_notes", {}).get(key) or {}
    own = reading.own.get("authored", {}).get(key) or {}
    return note.get("text") or own.get("content") or _EMPTY


def _view_own(own: Wire, reading: Reading) -> PostView:
    key = own["contribution_id"]
    content = own.get("content") or {}
    text = content.get("text") or ""
    return PostView(
        contribution_id=key,
        thread=own["thread"],
        href=f"/m/{reading.public['slug']}/c/{key}",
        state="waiting" if own["waiting"] else "hidden",
        kind=own["kind"],
        author=content.get("author") or "",
        behalf=content.get("on_behalf_of") or "",
        origin=origin_of(content),
        avatar=draw_avatar(content.get("author")),
        posted_at=read_moment_or_none(own["posted_at"]),
        plain=text,
        support=0,
        mine=True,
        appeal=_appeal(key, reading),
        reason=_reason(key, reading),
        reply_to=own["reply_to"],
        **_said(content, reading),
        **_spoken_to(own, reading),
    )


def _appeal(key: str, reading: Reading) -> AppealView | None:
    """Return what the reader itself appealed, if it did."""
    appeal = reading.own.get("appeals", {}).get(key)
    if appeal is None:
        return None
    return AppealView(
        text=(appeal.get("content") or {}).get("text", ""),
        answer=(appeal.get("answer") or {}).get("text", ""),
        granted=appeal["granted"],
    )


def _reason(key: str, reading: Reading) -> str:
    for state in (reading.staff, reading.own):
        note = state.get("hidden_notes", {}).get(key) or {}
        if reason := (note.get("reason") or {}).get("reason"):
            return str(reason)
    return ""
