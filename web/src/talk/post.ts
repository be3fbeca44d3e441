/** One contribution as everyone reads it; the same as in templates/_thread.html. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";

import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import { drawBars } from "../elements/voice-note";
import { avatar, clock, icon, kindLabel, shorten, type Piece } from "../wording/pieces";
import { renderProse } from "../wording/prose";
import type { AttachmentText, WireAnswer } from "../feed/types";
import type { PostView } from "../views/thread";
import { sayLength } from "../voice/recorder";

export interface Place {
  meeting: LiveMeeting;
  moments: Moments;
}

export function byline(place: Place, post: PostView, quietKind: boolean): TemplateResult {
  return html`<header class="post__head">
      ${avatar(post.author)}<span class="post__who"
        ><span class="post__author">${post.author || "Anonymous"}</span>${post.confirmed
          ? html` <span class="confirmed">${icon("check")}confirmed</span>`
          : nothing}${post.behalf
          ? html` <span class="post__behalf">for ${post.behalf}</span>`
          : nothing}${post.origin
          ? html` <span class="post__behalf">${post.origin}</span>`
          : nothing}</span
      >
      ${quietKind ? nothing : kindLabel(post.kind)}${post.circle === "participants"
        ? html`<span class="badge among" title="Read by those who have joined, not by the public"
            >${icon("people")}Participants</span
          >`
        : nothing}${post.contributionId && post.postedAt
        ? html`<a
            class="post__time"
            href="/m/${place.meeting.slug}/c/${post.contributionId}"
            title="Lasting address"
            >${clock(place.moments, post.postedAt)}</a
          >`
        : nothing}
    </header>
    ${post.speaksFor || post.stake
      ? html`<p class="post__standing">
          ${post.speaksFor ? html`<span>Speaks for ${post.speaksFor}</span>` : nothing}
          ${post.stake ? html`<span>Interest: ${post.stake}</span>` : nothing}
        </p>`
      : nothing}`;
}

/** Who writes the live updates shows a post in one. */
export function shareLink({ meeting }: Place, post: PostView, id: string): Piece {
  return html`<a
    class="quiet-button"
    href="/m/${meeting.slug}/live/write?shows=contribution:${id}"
    >${icon("text")}Share in live updates<span class="visually-hidden"
      >: ${shorten(post.text, 60)}</span
    ></a
  >`;
}

export function body(place: Place, post: PostView): Piece {
  if (!post.text && !post.attachments.length) return nothing;
  const history = `/m/${place.meeting.slug}/c/${post.contributionId}/history`;
  return html`${post.text
    ? html`<div class="post__text prose">
        ${guard([post.text], () => renderProse(post.text))}
      </div>`
    : nothing}${attachments(place.meeting.slug, post.attachments)}
  ${post.edited
    ? html`<p class="post__edited"
        >${post.former ? html`<a href=${history}>Edited</a>` : "Edited"}</p
      >`
    : nothing}
  ${post.readAt
    ? html`<p class="post__read">
        ${icon("mic")}Read aloud in the room at ${clock(place.moments, post.readAt)}
      </p>`
    : nothing}`;
}

const WAY_WORDS = {
  room: "Answered in the room",
  writing: "Answered",
  promise: "Answer promised",
  withdrawn: "Answer taken back",
};
const WAY_ICONS = { room: "check", writing: "check", promise: "clock", withdrawn: "hide" };
/** Who marks an answer does so when it has begun. */
const BEFORE_MS = 5_000;

/** What was said to a post; the whole history stands on its own page. */
export function answerLine(place: Place, post: PostView): Piece {
  const answer = post.answer;
  if (!answer?.content) return nothing;
  const { text, by } = answer.content;
  const { until } = answer;
  return html`<section class="answer" data-way=${answer.way} aria-label=${WAY_WORDS[answer.way]}>
    <p class="answer__head">
      ${icon(WAY_ICONS[answer.way])}<span
        ><strong>${WAY_WORDS[answer.way]}${answer.partly ? " in part" : ""}</strong>${until
          ? html` for <time datetime=${until}
                >${place.moments.day(until)}, ${place.moments.clock(until)}</time
              >`
          : nothing}${by ? ` by ${by}` : ""}</span
      >
    </p>
    ${text
      ? html`<div class="answer__text prose">${guard([text], () => renderProse(text))}</div>`
      : nothing}
    ${watchLink(place, answer)}
  </section>`;
}

function watchLink({ meeting, moments }: Place, answer: WireAnswer): Piece {
  const room = answer.room_id ? meeting.state?.rooms[answer.room_id] : undefined;
  if (!room || !answer.spoken_at) return nothing;
  const at = new Date(Date.parse(answer.spoken_at) - BEFORE_MS).toISOString();
  return html`<a
    class="post__moment"
    href="/m/${meeting.slug}?room=${encodeURIComponent(room.slug)}&at=${encodeURIComponent(at)}"
    data-moment=${at}
    data-room=${room.room_id}
    title="Watch the answer"
    >${icon("play")}Watch the answer
    <span class="quiet"
      >${room.content?.name}, ${clock(moments, answer.spoken_at)}</span
    ></a
  >`;
}

function attachments(slug: string, given: readonly AttachmentText[]): Piece {
  if (!given.length) return nothing;
  return html`<ul class="pictures" data-count=${given.length}>
    ${given.map((one) => html`<li>${attachment(slug, one)}</li>`)}
  </ul>`;
}

function attachment(slug: string, one: AttachmentText): TemplateResult {
  const base = `/m/${slug}/attachments/${one.attachment_id}`;
  const words = one.alt || one.text || "";
  const caption = words ? html`<span class="pictures__alt">${words}</span>` : nothing;
  if (one.kind !== "image") {
    return html`<fm-voice-note class="voice"
      >${drawBars(one.peaks ?? [])}<audio
        class="voice__player"
        controls
        preload="none"
        src="${base}/voice"
        aria-label="Voice note"
      ></audio
      ><span class="voice__time">${sayLength(one.seconds ?? 0)}</span>${one.text
        ? html`<p class="voice__said">
            ${one.text}${one.heard
              ? html` <span class="voice__heard">Recognised by machine</span>`
              : nothing}
          </p>`
        : nothing}</fm-voice-note
    >`;
  }
  return html`<a class="pictures__one" href="${base}/large" data-picture
      ><img
        src="${base}/small"
        alt=${words || "Picture without a description"}
        width=${one.width ?? nothing}
        height=${one.height ?? nothing}
        loading="lazy"
        decoding="async" /></a
    >${caption}`;
}

/** "Show me this moment": the player goes there, or the page where it can. */
export function momentLink({ meeting, moments }: Place, post: PostView): Piece {
  if (!post.aboutAt) return nothing;
  const room = post.roomId ? meeting.state?.rooms[post.roomId] : undefined;
  const where = room ? `room=${encodeURIComponent(room.slug)}&` : "";
  return html`<a
    class="post__moment"
    href="/m/${meeting.slug}?${where}at=${encodeURIComponent(post.aboutAt)}"
    data-moment=${post.aboutAt}
    data-room=${post.roomId ?? nothing}
    title="Show me this moment"
    >${icon("play")}<span class="visually-hidden">Show me this moment: </span
    ><time datetime=${post.aboutAt}>${moments.exact(post.aboutAt)}</time></a
  >`;
}
