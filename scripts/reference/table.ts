/** A Markdown table as the formatter writes it: every column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", String.raw`\|`)));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => widthOf(row[column] ?? ""))));
  const lines = cells.map(
    (row) => `| ${widths.map((width, column) => pad(row[column] ?? "", width)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(width - widthOf(cell));
}

/** Chinese characters and emoji take two columns. */
function widthOf(cell: string): number {
  return Array.from(cell).reduce(
    (width, character) =>
      width + (/[\p{Script=Han}\p{Emoji_Presentation}\u3000-\u30ff\uff00-\uff60]/u.test(character) ? 2 : 1),
    0,
  );
}
