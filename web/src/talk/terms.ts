/**
 * What an author agrees to: who may read it, what may be done with it, until when.
 *
 * As `terms_fields` of templates/_thread.html. What stands at its defaults is not
 * sent: the service knows them (core: consent).
 */

import { html, nothing, type TemplateResult } from "lit";

import { Moments } from "../wording/moments";
import type { Me } from "../frame/page";
import { icon, type Piece } from "../wording/pieces";
import type { ConsentTerms } from "../feed/types";

const AUDIENCES: Record<string, string> = {
  public: "Everyone",
  meeting: "Everyone, until the end",
  participants: "Participants",
  team: "The team alone",
};
const PURPOSES: Record<string, string> = {
  meeting: "In this meeting and its record",
  report: "Quoted in reports about it",
  learning: "In teaching and research",
  publicity: "In publicity for such meetings",
};
const WAYS: Record<string, string> = {
  self: "I agree for myself",
  spoken: "Somebody agreed aloud",
  phone: "Somebody agreed by phone",
  paper: "Somebody agreed on paper",
};
/** Fields of a form that together are the command's `consent`. */
const NAMES = ["audience", "until", "purposes", "way", "by"] as const;

export function audienceField(): TemplateResult {
  return html`<label class="field byline__audience"
    ><span class="field__label">Who may read it</span
    ><select class="input" name="audience">
      ${Object.entries(AUDIENCES).map(
        ([value, word]) => html`<option value=${value}>${word}</option>`,
      )}
    </select></label
  >`;
}

/** Shown beside what is attached, and where a story is chosen (consents.css). */
export function termsFields(me: Me | null): TemplateResult {
  return html`<details class="terms" @change=${renew}>
    <summary>
      ${icon("check")}<span><span class="terms__said">${sayTerms(null)}</span> <u>Change</u></span>
    </summary>
    <div class="terms__fields">
      <fieldset class="consent__field">
        <legend>What may be done with it?</legend>
        ${Object.entries(PURPOSES).map(
          ([value, word]) =>
            html`<label class="check"
              ><input
                type="checkbox"
                name="purposes"
                value=${value}
                ?checked=${value === "meeting"}
              />
              <span>${word}</span></label
            >`,
        )}
      </fieldset>
      <label class="field"
        ><span class="field__label"
          >Until when? <span class="field__optional">empty: until you take it back</span></span
        ><input class="input" type="date" name="until"
      /></label>
      ${notesForOthers(me) ? wayFields(me) : nothing}
    </div>
  </details>`;
}

/** Helpers note what others have agreed to, and who noted it. */
function notesForOthers(me: Me | null): boolean {
  return me !== null && (me.moderates || me.duties.includes("table"));
}

function wayFields(me: Me | null): Piece {
  return html`<label class="field"
      ><span class="field__label">Whose consent is it?</span
      ><select class="input" name="way">
        ${Object.entries(WAYS).map(
          ([value, word]) => html`<option value=${value}>${word}</option>`,
        )}
      </select></label
    ><label class="field"
      ><span class="field__label"
        >Noted by <span class="field__optional">if not by you</span></span
      ><input class="input" name="by" maxlength="300" placeholder=${me?.name ?? ""}
    /></label>`;
}

/** The sentence that stands for the folded fields; of no form it says the defaults. */
export function sayTerms(form: HTMLFormElement | null): string {
  const given = form ? new FormData(form) : null;
  const purposes = (given?.getAll("purposes") ?? ["meeting"]).map(
    (name) => PURPOSES[String(name)] ?? "",
  );
  const where = purposes.length
    ? purposes.map((words) => words[0]!.toLowerCase() + words.slice(1)).join("; ")
    : "nothing else but being shown";
  const day = String(given?.get("until") ?? "");
  const until = day ? new Moments("UTC").day(`${day}T12:00:00Z`) : "you take it back";
  return `May be used ${where}, until ${until}.`;
}

/** Say anew what a form's fields say by now. */
export function renewTerms(form: HTMLFormElement): void {
  const said = form.querySelector(".terms__said");
  if (said) said.textContent = sayTerms(form);
}

function renew(event: Event): void {
  const { form } = event.target as HTMLInputElement;
  if (form) renewTerms(form);
}

/** Put a form's terms together; none where they are as they are without a word. */
export function takeTerms(data: Record<string, unknown>, moments: Moments): void {
  if (!("audience" in data || "purposes" in data)) return;
  const terms: Record<string, unknown> = {};
  for (const name of NAMES) {
    if (name in data) terms[name] = data[name];
    delete data[name];
  }
  terms["audience"] ??= "public";
  if (terms["until"]) terms["until"] = moments.at(String(terms["until"]), "23:59");
  const purposes = (terms["purposes"] ??= []) as string[];
  const plain = terms["audience"] === "public" && (terms["way"] ?? "self") === "self";
  if (plain && !terms["until"] && purposes.join() === "meeting") return;
  data["consent"] = terms satisfies ConsentTerms;
}
