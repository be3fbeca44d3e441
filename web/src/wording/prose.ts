/**
 * What people typed, as nodes: a little Markdown with the rules of pages/wording/prose.py.
 * Nodes are built one by one, so no text can become markup.
 */

import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it/index.js";

const RULES = [
  "newline",
  "emphasis",
  "link",
  "autolink",
  "list",
  "blockquote",
  "backticks",
  "escape",
  "entity",
];
const TAGS = new Set(["p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote"]);
const SAFE_ADDRESS = /^(https?:|mailto:)/i;
const REL = "nofollow noopener ugc";
const KEPT = 2_000;

/** A bare address, without the punctuation that ends its sentence; as in prose.py. */
const ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/gu;

const markdown = new MarkdownIt("zero", { html: false, breaks: true }).enable(RULES);

const templates = new Map<string, DocumentFragment>();

/** A text's paragraphs, lists, quotations, emphasis and links, ready to insert. */
export function renderProse(text: string): DocumentFragment {
  let template = templates.get(text);
  if (!template) {
    template = document.createDocumentFragment();
    build(markdown.parse(text, {}), template);
    if (templates.size >= KEPT) templates.clear();
    templates.set(text, template);
  }
  return template.cloneNode(true) as DocumentFragment;
}

function build(tokens: Token[], root: Node): void {
  const open: Node[] = [root];
  for (const token of tokens) {
    const parent = open.at(-1)!;
    if (token.type === "inline") build(token.children ?? [], parent);
    // A tight list's paragraphs are hidden; `start` pushed their parent for them.
    else if (token.nesting === -1) open.pop();
    else if (token.nesting === 1) open.push(start(token, parent));
    else if (token.type === "text" && !isLinked(parent)) {
      for (const node of linkAddresses(token.content)) parent.appendChild(node);
    } else parent.appendChild(leaf(token));
  }
}

function isLinked(node: Node): boolean {
  return node instanceof Element && node.closest("a") !== null;
}

/** A text with links for the bare addresses in it. */
function linkAddresses(text: string): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    nodes.push(document.createTextNode(text.slice(at, index)), linkTo(address));
    at = index + address.length;
  }
  nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}

function linkTo(address: string): HTMLAnchorElement {
  const element = document.createElement("a");
  element.setAttribute("href", address);
  element.rel = REL;
  element.textContent = address;
  return element;
}

function start(token: Token, parent: Node): Node {
  if (token.hidden) return parent;
  const tag = TAGS.has(token.tag) ? token.tag : "span";
  const element = document.createElement(tag);
  if (tag === "a") link(element as HTMLAnchorElement, token);
  const first = token.attrGet("start");
  if (tag === "ol" && first) element.setAttribute("start", first);
  return parent.appendChild(element);
}

function link(element: HTMLAnchorElement, token: Token): void {
  const address = token.attrGet("href") ?? "";
  if (SAFE_ADDRESS.test(address)) element.setAttribute("href", address);
  element.rel = REL;
}

function leaf(token: Token): Node {
  if (token.type === "hardbreak" || token.type === "softbreak") {
    return document.createElement("br");
  }
  if (token.type === "code_inline") {
    const code = document.createElement("code");
    code.textContent = token.content;
    return code;
  }
  return document.createTextNode(token.content);
}
