import { previousBoundary } from "../text/graphemes.ts";
import { sanitizeLine } from "../text/sanitize.ts";
import type { KeyPress } from "../terminal/keys.ts";
import { MAX_QUERY } from "../store/overlay.ts";

/** The query after a press; undefined when the press does not edit it. */
export function editQuery(query: string, press: KeyPress): string | undefined {
  if (press.type === "text" || press.type === "paste") {
    const text = press.type === "text" ? press.text : sanitizeLine(press.text, MAX_QUERY);
    return (query + text).slice(0, MAX_QUERY).toWellFormed();
  }
  if (press.type !== "key") return undefined;
  switch (press.name) {
    case "backspace":
    case "ctrl+h":
      return query.slice(0, previousBoundary(query, query.length));
    case "ctrl+w":
    case "alt+backspace":
      return query.replace(/\S*\s*$/, "");
    case "ctrl+u":
      return "";
    default:
      return undefined;
  }
}
