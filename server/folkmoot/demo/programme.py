"""What the demonstration shows: a neighbourhood's day, its people and words."""

from __future__ import annotations

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One person's words and the slide that stands behind them."""

    speaker: str
    text: str
    slide: str = ""


class DemoRoom(msgspec.Struct, frozen=True):
    """A room, its size and what is said in it, over and over."""

    name: str
    capacity: int
    features: tuple[str, ...]
    colour: str
    lines: tuple[Line, ...]


class DemoSession(msgspec.Struct, frozen=True):
    """A proposal; `place` is (room number, time number) or None."""

    title: str
    pitch: str
    host: str
    place: tuple[int, int] | None = None
    wants: str = ""


class DemoPost(msgspec.Struct, frozen=True):
    """A contribution; `session` is a session's number, None the whole meeting."""

    author: str
    kind: str
    text: str
    session: int | None = None
    on_behalf_of: str | None = None
    replies: tuple[tuple[str, str], ...] = ()


TITLE = "Harbour Quarter: the streets we share"
PURPOSE = (
    "An open day for everyone who lives, works or waits for a bus in the Harbour "
    "Quarter. You set the timetable: propose a session, join one, or just listen. "
    "What we agree today goes to the council's committee on 3 December."
)
SCOPE = (
    "Can be influenced: street layout, trees, benches, the library's opening hours "
    "and how £240,000 is spent.\n"
    "Decided already: the tram stays, and the flood wall is built in spring.\n"
    "Out of our hands: bus fares, which the county sets. We pass on what you say."
)

PEOPLE = (
    "Amina Farouk",
    "Joe Whitlock",
    "Priya Nair",
    "Tomos Rees",
    "Lena Brandt",
    "Samuel Okoro",
    "Grace Mensah",
    "Kofi",
    "Maureen D.",
    "Ilze",
    "Pat from the allotments",
    "Yusuf",
)

ROOMS = (
    DemoRoom(
        "Main hall",
        220,
        ("step-free", "hearing loop", "stream"),
        "#1f4e5f",
        (
            Line(
                "Grace Mensah",
                "Good morning, and welcome to the Harbour Quarter open day.",
                "Welcome",
            ),
            Line(
                "Grace Mensah",
                "Today there is no fixed agenda. The timetable on the wall, and on "
                "your phone, is filled by you.",
                "You set the timetable",
            ),
            Line(
                "Grace Mensah",
                "Two things are decided already: the tram stays, and the flood wall "
                "is built in spring. Almost everything else is open.",
                "What can be influenced",
            ),
            Line(
                "Tomos Rees",
                "On the money: two hundred and forty thousand pounds are set aside "
                "for the streets around the harbour. Nothing of it is spent yet.",
                "240,000 pounds, nothing spent yet",
            ),
            Line(
                "Amina Farouk",
                "My question is about Quay Street. Lorries use it as a short cut, "
                "past the school gate, at half past eight.",
                "Quay Street",
            ),
            Line(
                "Tomos Rees",
                "We counted ninety two lorries in one morning. A school street, "
                "closed for one hour, would be possible within the budget.",
                "92 lorries in a morning",
            ),
            Line(
                "Samuel Okoro",
                "The cellar of the library flooded twice last winter. If the pump "
                "is not part of the flood wall, who pays for it?",
                "The library's cellar",
            ),
            Line(
                "Grace Mensah",
                "That goes on the list of questions we answer in writing, by Friday "
                "at noon. You will find the answer beside your question.",
                "Answers by Friday, 12:00",
            ),
        ),
    ),
    DemoRoom(
        "Library",
        40,
        ("step-free", "stream"),
        "#5b3a6e",
        (
            Line(
                "Priya Nair",
                "This table is about the library. Evening opening came up in nine "
                "of the cards on the wall.",
                "Evenings at the library",
            ),
            Line(
                "Lena Brandt",
                "I work shifts. If the library closes at five, it is closed for me.",
                "Closed at five",
            ),
            Line(
                "Priya Nair",
                "One late evening a week, run with volunteers, costs about six "
                "thousand pounds a year.",
                "One late evening: 6,000 pounds a year",
            ),
            Line(
                "Kofi",
                "The youth club would take the Thursday. We can bring people who "
                "never come in at the moment.",
                "An offer: Thursdays",
            ),
            Line(
                "Priya Nair",
                "Then we have an offer and an action. Kofi and I draft a rota, and "
                "bring it back by the tenth.",
                "One offer, one action",
            ),
        ),
    ),
    DemoRoom(
        "Boat shed",
        60,
        ("stream",),
        "#7a4a1d",
        (
            Line(
                "Joe Whitlock",
                "Trees and benches. The map on the table shows where people told us "
                "they stop to rest.",
                "Where do you rest?",
            ),
            Line(
                "Maureen D.",
                "There is no bench between the tram and the surgery. Four hundred "
                "metres is a long way with a stick.",
                "400 metres without a bench",
            ),
            Line(
                "Joe Whitlock",
                "Three benches and twelve trees would fit along Mill Lane without "
                "losing a parking space for disabled people.",
                "Mill Lane",
            ),
            Line(
                "Ilze",
                "Plant trees that stand salt water. We lost six lime trees after "
                "the storm surge.",
                "Salt and roots",
            ),
            Line(
                "Joe Whitlock",
                "Noted: alder and willow, not lime. Who would water them in the "
                "first two summers?",
                "Alder, willow; who waters?",
            ),
        ),
    ),
)

TIMES = (
    ("Opening", 30),
    ("First round", 45),
    ("Second round", 45),
    ("Lunch", 60),
    ("Third round", 45),
    ("Fourth round", 45),
    ("Closing circle", 30),
)

SESSIONS = (
    DemoSession(
        "Welcome and how today works",
        "Fifteen minutes on what can and what can't be influenced, then the market.",
        "Grace Mensah",
        (0, 0),
    ),
    DemoSession(
        "A school street on Quay Street?",
        "Ninety-two lorries in one morning. What would closing it for an hour mean "
        "for parents, shops and drivers?",
        "Amina Farouk",
        (0, 1),
    ),
    DemoSession(
        "Evenings at the library",
        "Who would come, who could help, and what would it cost?",
        "Priya Nair",
        (1, 1),
    ),
    DemoSession(
        "Benches, trees and places to rest",
        "Bring the spot where you'd like to sit down.",
        "Joe Whitlock",
        (2, 1),
        "A large map and pens",
    ),
    DemoSession(
        "Cellars and the flood wall",
        "What the wall does, what it doesn't, and who pays for pumps.",
        "Samuel Okoro",
        (0, 2),
    ),
    DemoSession(
        "Cycling with cargo and children",
        "Where it is scary, where it works, and what would help most.",
        "Lena Brandt",
        (1, 2),
    ),
    DemoSession(
        "A repair café in the boat shed",
        "I have the tools. I need two people who know sewing machines.",
        "Pat from the allotments",
        (2, 4),
        "Someone who repairs sewing machines",
    ),
    DemoSession(
        "How do we keep meeting after today?",
        "A network is more than a mailing list.",
        "Yusuf",
        (0, 4),
    ),
    DemoSession(
        "Night buses for shift workers",
        "Fares are the county's, timetables maybe not.",
        "Lena Brandt",
    ),
    DemoSession(
        "Stories of the quay",
        "Older residents tell, younger ones record.",
        "Maureen D.",
        None,
        "A quiet room",
    ),
)

POSTS = (
    DemoPost(
        "Samuel Okoro",
        "question",
        "If the library's pump is not part of the flood wall, who pays for it?",
        replies=(
            ("Tomos Rees", "We answer this in writing by Friday, 12:00."),
            ("Ilze", "The insurers asked the same after the surge in 2023."),
        ),
    ),
    DemoPost(
        "Lena Brandt",
        "idea",
        "A **cargo bike** to borrow at the tram stop, like the one at the allotments.",
        replies=(("Pat from the allotments", "Ours is free on weekdays. Let's talk."),),
    ),
    DemoPost(
        "Maureen D.",
        "need",
        "A bench half way up Mill Lane. I can't be the only one who counts the "
        "lamp posts.",
        on_behalf_of="the Thursday lunch club",
    ),
    DemoPost(
        "Kofi",
        "offer",
        "The youth club can run the library on Thursday evenings.",
        session=2,
    ),
    DemoPost(
        "Amina Farouk",
        "concern",
        "A school street must not push the lorries into Mill Lane.",
        session=1,
        replies=(("Joe Whitlock", "Agreed: count both streets before and after."),),
    ),
    DemoPost(
        "Yusuf",
        "action",
        "I'll collect who wants to stay in touch, at the desk by the door.",
        session=7,
    ),
)

LATER_POSTS = (
    DemoPost(
        "Ilze", "note", "Lime trees die of salt. Alder and willow stand it.", session=3
    ),
    DemoPost(
        "Priya Nair", "idea", "Put the tram's next departure on the library's screen."
    ),
    DemoPost(
        "Kofi", "question", "Is the boat shed step-free? A friend uses a wheelchair."
    ),
    DemoPost("Joe Whitlock", "note", "The map now has 34 dots. Thank you!", session=3),
    DemoPost("Grace Mensah", "note", "Soup and bread are ready in the foyer."),
    DemoPost(
        "Samuel Okoro",
        "offer",
        "I have a pump to lend until the wall stands.",
        session=4,
    ),
)

ARCHIVE_TITLE = "Harbour Quarter: first walk along the quay"
ARCHIVE_PURPOSE = (
    "The walk in spring that started it all: what people saw, and asked for."
)
