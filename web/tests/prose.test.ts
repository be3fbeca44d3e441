/**
 * @vitest-environment happy-dom
 *
 * The same texts as the server's: tests/pages/test_values.py compares with the same file.
 */

import { expect, test } from "vitest";

import { renderProse } from "../src/wording/prose";
import corpus from "./prose.json";

test.each(corpus as [string, string][])("%j looks as the server renders it", (typed, html) => {
  const place = document.createElement("div");
  place.append(renderProse(typed));
  expect(place.innerHTML.replaceAll("\n", "")).toBe(html);
});
