"""What is new in a meeting, read from its public state: texts that stand, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

import msgspec

from folkmoot.news.items import NewsItem, make_guid

Wire = Mapping[str, Any]
_TITLE_LENGTH = 90
_ANSWERS = {
    "room": "Answered in the room",
    "writing": "Answered",
    "promise": "Answer promised",
    "withdrawn": "Answer taken back",
}
_STATES = {"open": "to do", "doing": "begun", "done": "done", "dropped": "dropped"}
_OUTCOME = (("said", "You said"), ("did", "We did"), ("cannot", "We can’t because"))


class Teller(msgspec.Struct, frozen=True, kw_only=True):
    """Tells what stands in a meeting.

    `url` is the meeting's whole address, `render` makes safe HTML of what people
    typed, `day` writes a moment or a day as people read it.
    """

    state: Wire
    meeting_id: str
    url: str
    render: Callable[[str], str]
    day: Callable[[Any], str]

    def tell_updates(self) -> Iterator[NewsItem]:
        """Yield every live update that stands, with what it shows as that is now."""
        for key, update in self.state["updates"].items():
            content = update["content"]
            if update["withdrawn"] or content is None:
                continue
            words = content["text"] or content["quote"] or content["alt"]
            changed = _read(update["changed_at"]) if update["edited"] else None
            yield NewsItem(
                guid=make_guid(self.meeting_id, key),
                title=shorten(words) or "Live update",
                url=f"{self.url}/live/{key}",
                at=_read(update["posted_at"]),
                changed_at=changed,
                html=self._update_html(update, content),
                author=content["author"],
                tags=("live update",),
                image_url=self._image_url(update),
            )

    def _image_url(self, update: Wire) -> str:
        image = update["image_id"]
        return f"{self.url}/images/{image}" if image else ""

    def _update_html(self, update: Wire, content: Wire) -> str:
        html = self.render(content["text"])
        if content["quote"]:
            said = f"<p>{escape(content['quote'])}</p>"
            if content["speaker"]:
                said += f"<p>{escape(content['speaker'])}</p>"
            html += f"<blockquote>{said}</blockquote>"
        if image_url := self._image_url(update):
            html += (
                f'<p><img src="{escape(image_url)}" alt="{escape(content["alt"])}"></p>'
            )
        html += self._shown_html(update)
        for one in content.get("corrections", ()):
            when = escape(self.day(one["at"]))
            html += f"<p><em>Corrected {when}: {escape(one['note'])}</em></p>"
        return html

    def _shown_html(self, update: Wire) -> str:
        """Return what an update shows of others, if it can still be read."""
        key = update["embed_id"]
        if update["embed"] == "contribution":
            item = self.state["contributions"].get(key)
            if item is None or not is_readable(item):
                return ""
            link, words = f"{self.url}/c/{key}", _text(item, "text") or ""
        elif update["embed"] == "session":
            while key in self.state["merged"]:
                key = self.state["merged"][key]
            if (session := self.state["sessions"].get(key)) is None:
                return ""
            link, words = f"{self.url}/s/{key}", _text(session, "title") or ""
        elif update["embed"] == "clip":
            link, words = f"{self.url}/live/{update['update_id']}", "Watch the clip"
        else:
            return ""
        return f'<p><a href="{escape(link)}">{escape(shorten(words, 280))}</a></p>'

    def tell_contributions(self) -> Iterator[NewsItem]:
        """Yield every contribution that everyone may read."""
        for key, item in self.state["contributions"].items():
            if (text := _text(item, "text")) is None or not is_readable(item):
                continue
            author = _text(item, "author") or "Anonymous"
            yield NewsItem(
                guid=make_guid(self.meeting_id, key),
                title=f"{item['kind'].capitalize()}: {shorten(text)}",
                url=f"{self.url}/c/{key}",
                at=_read(item["posted_at"]),
                html=self.render(text),
                author=author,
                tags=(item["kind"],),
            )

    def tell_answers(self, only: str | None = None) -> Iterator[NewsItem]:
        """Yield what was answered, one item a contribution; `only` to this one."""
        for key, answer in self.state["answers"].items():
            item = self.state["contributions"].get(key)
            if item is None or not is_readable(item) or only not in {None, key}:
                continue
            asked = _text(item, "text") or ""
            first = self.state["former_answers"].get(f"{key}/1", answer)
            words = _ANSWERS[answer["way"]]
            if answer["partly"]:
                words = f"{words} in part"
            yield NewsItem(
                guid=make_guid(self.meeting_id, f"answer:{key}"),
                title=f"{words}: {shorten(asked)}",
                url=f"{self.url}/c/{key}",
                at=_read(first["given_at"]),
                changed_at=_read(answer["given_at"]),
                html=self._answer_html(asked, answer),
                author=_text(answer, "by") or "",
                tags=("answer",),
            )

    def tell_actions(self, only: str | None = None) -> Iterator[NewsItem]:
        """Yield the actions; `only` those that come of this contribution."""
        for key, note in self.state["notes"].items():
            text = _text(note, "text")
            if note["kind"] != "action" or note["removed"] or text is None:
                continue
            if only not in {None, note["contribution_id"]}:
                continue
            changed = note["moved_at"] or note["edited_at"]
            facts = [_STATES[note["status"]]]
            if who := _text(note, "who"):
                facts.insert(0, who)
            if note["due"] is not None:
                facts.append(f"until {self.day(note['due'])}")
            progress = (note["progress"] or {}).get("text") or ""
            html = f"<p>{escape(' · '.join(facts))}</p>{self.render(progress)}"
            yield NewsItem(
                guid=make_guid(self.meeting_id, f"action:{key}"),
                title=f"Action, {_STATES[note['status']]}: {shorten(text)}",
                url=f"{self.url}/follow-up#{key}",
                at=_read(note["added_at"]),
                changed_at=_read(changed) if changed else None,
                html=html,
                tags=("action",),
            )

    def tell_outcomes(self, only: str | None = None) -> Iterator[NewsItem]:
        """Yield what came of each theme; `only` those of this contribution."""
        for key, outcome in self.state["outcomes"].items():
            content = outcome["content"]
            if content is None:
                continue
            if only is not None and only not in outcome["contribution_ids"]:
                continue
            parts = (
                f"<p><strong>{title}</strong></p>{self.render(content[name])}"
                for name, title in _OUTCOME
                if content.get(name)
            )
            yield NewsItem(
                guid=make_guid(self.meeting_id, f"outcome:{key}"),
                title=f"What came of it: {shorten(content['theme'])}",
                url=f"{self.url}/follow-up#{key}",
                at=_read(outcome["written_at"]),
                html="".join(parts),
                tags=("outcome",),
            )

    def tell_follow_up(self, only: str | None = None) -> Iterator[NewsItem]:
        """Yield answers, actions and outcomes; `only` of one contribution."""
        yield from self.tell_answers(only)
        yield from self.tell_actions(only)
        yield from self.tell_outcomes(only)

    def _answer_html(self, asked: str, answer: Wire) -> str:
        said = f"<blockquote>{self.render(asked)}</blockquote>"
        if answer["until"] is not None:
            said += f"<p>Until {escape(self.day(answer['until']))}.</p>"
        return said + self.render(_text(answer, "text") or "")


def is_readable(item: Wire) -> bool:
    """Whether a contribution of the public state can be read."""
    return not (item["hidden"] or item["withdrawn"] or item["waiting"])


def shorten(text: str, length: int = _TITLE_LENGTH) -> str:
    """Return the first words of a text on one line."""
    plain = " ".join(text.split())
    if len(plain) <= length:
        return plain
    return plain[: length - 1].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


def _text(item: Wire, name: str) -> str | None:
    found = (item["content"] or {}).get(name)
    return None if found is None else str(found)


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
