"""Letters as plain text and simple HTML, with a way out that works in one click."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from html import escape, unescape

import msgspec

from folkmoot.core.refusals import Refusal
from folkmoot.news.items import NewsItem

_TAG = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"</(?:p|li|blockquote)>|<br ?/?>")
# RFC 5321, 4.5.3.1.3: a path is 256 octets with its brackets.
_MOST_LETTERS = 254
# As long as RFC 5322 allows: an address that ends a subscription must not be folded.
_POLICY = SMTP.clone(max_line_length=990)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is written to one address; `stop_url` ends it (RFC 8058)."""

    to: str
    subject: str
    text: str
    html: str
    stop_url: str = ""


def read_address(text: str) -> str:
    """Return an address that mail can be sent to; raises `Refusal`."""
    plain = text.strip()
    local, _, domain = plain.rpartition("@")
    try:
        domain = domain.encode("idna").decode().lower()
        address = Address(username=local, domain=domain)
    except (ValueError, UnicodeError) as error:
        raise _bad_address() from error
    known = local.isascii() and "." in domain and re.fullmatch(r"[!-~]+", local)
    if not (local and known) or len(address.addr_spec) > _MOST_LETTERS:
        raise _bad_address()
    return address.addr_spec


def _bad_address() -> Refusal:
    return Refusal(
        "bad_address",
        "This is not an address that mail can be sent to. It is like name@example.org.",
    )


def write_message(letter: Letter, *, sender: str, at: float) -> EmailMessage:
    """Return a letter as RFC 5322 has it; `sender` is an address or name and address."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate(at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> "))
    # RFC 3834: nobody's holiday notice should answer it.
    message["Auto-Submitted"] = "auto-generated"
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def write_confirm(*, to: str, title: str, url: str, days: int) -> Letter:
    """Return the letter that asks whether its reader meant it."""
    text = (
        f"Somebody, probably you, asked for news of “{title}” at this address.\n\n"
        f"Confirm it here:\n{url}\n\n"
        "If it wasn't you, do nothing: nothing more is sent, and this address is "
        f"deleted after {days} days.\n"
    )
    html = (
        f"<p>Somebody, probably you, asked for news of “{escape(title)}” at this "
        f'address.</p><p><a href="{escape(url)}">Confirm it</a></p><p>If it wasn’t '
        "you, do nothing: nothing more is sent, and this address is deleted after "
        f"{days} days.</p>"
    )
    return Letter(
        to=to, subject=f"Please confirm: {title}", text=text, html=_page(html)
    )


def write_link(*, to: str, title: str, url: str) -> Letter:
    """Return the letter with somebody's own link into a meeting."""
    text = (
        f"Your own link to “{title}”:\n{url}\n\n"
        "It signs you in on one device, once, within a day. Don't hand it on: whoever "
        "has it writes in your name.\n"
    )
    html = (
        f'<p>Your own link to “{escape(title)}”:</p><p><a href="{escape(url)}">Open the '
        "meeting as yourself</a></p><p>It signs you in on one device, once, within a "
        "day. Don’t hand it on: whoever has it writes in your name.</p>"
    )
    return Letter(to=to, subject=f"Your link: {title}", text=text, html=_page(html))


def write_digest(
    items: Sequence[NewsItem], *, to: str, title: str, page_url: str, stop_url: str
) -> Letter:
    """Return the letter with all that is new since the last one."""
    count = len(items)
    subject = items[0].title if count == 1 else f"{count} things are new"
    text = [f"{title}\n{page_url}\n"]
    html = [f'<p><a href="{escape(page_url)}">{escape(title)}</a></p>']
    for item in items:
        text.append(f"* {item.title}\n{_plain(item.html)}\n{item.url}\n")
        html.append(
            f'<h2><a href="{escape(item.url)}">{escape(item.title)}</a></h2>{item.html}'
        )
    text.append(f"--\nNo more of this: {stop_url}\n")
    html.append(
        f'<p><a href="{escape(stop_url)}">No more of this</a>. Your address is then '
        "deleted.</p>"
    )
    return Letter(
        to=to,
        subject=f"{subject} · {title}",
        text="\n".join(text),
        html=_page("".join(html)),
        stop_url=stop_url,
    )


def _page(body: str) -> str:
    return f'<!doctype html><html lang="en"><meta charset="utf-8">{body}</html>'


def _plain(html: str) -> str:
    """Return our own clean HTML as text."""
    broken = _BREAK.sub("\n", html)
    lines = unescape(_TAG.sub("", broken)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())
