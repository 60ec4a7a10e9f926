import { textWidth } from "./width.ts";

/** `──── label ────` over a whole width. */
export function drawRule(label: string, width: number, line: string): string {
  const text = textWidth(label) + 2 > width ? "" : ` ${label} `;
  const left = Math.max(0, Math.floor((width - textWidth(text)) / 2));
  return line.repeat(left) + text + line.repeat(Math.max(0, width - left - textWidth(text)));
}
