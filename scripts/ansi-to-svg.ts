import { textWidth } from "../packages/tui-client/dist/text/width.js";

const CELL_WIDTH = 8.4;
const ROW_HEIGHT = 18;
const MARGIN = 12;
const BACKGROUND = "#1c1c1c";
const FOREGROUND = "#d0d0d0";
const SIXTEEN = [
  ["#2e3436", "#d7584e", "#87af5f", "#d7af5f", "#5f87d7", "#af87d7", "#5fafaf", "#d0d0d0"],
  ["#6c6c6c", "#ff8272", "#afd787", "#ffd787", "#87afff", "#d7afff", "#87d7d7", "#ffffff"],
].flat();
const STEPS = [0, 95, 135, 175, 215, 255];

interface Style {
  readonly colour?: string | undefined;
  readonly background?: string | undefined;
  readonly isBold?: boolean;
  readonly isInverse?: boolean;
}

/**
 * A screen as a picture: what `tmux capture-pane -e` gives, with its colours.
 * @param cursor its cell, drawn as a block
 */
export function ansiToSvg(
  screen: string,
  columns: number,
  cursor: { readonly x: number; readonly y: number },
): string {
  const rows = screen.replace(/\n+$/, "").split("\n");
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = rows.length * ROW_HEIGHT + 2 * MARGIN;
  const shapes: string[] = [box(MARGIN + cursor.x * CELL_WIDTH, cursor.y, CELL_WIDTH, FOREGROUND)];
  let style: Style = {};
  for (const [y, row] of rows.entries()) {
    let x = 0;
    // oxlint-disable-next-line no-control-regex
    for (const piece of row.match(/\u001b\[[\d;]*m|[^\u001b]+/g) ?? []) {
      if (piece.startsWith("\u001b")) {
        style = restyle(style, piece.slice(2, -1).split(";").map(Number));
        continue;
      }
      const [ink, paper] = style.isInverse
        ? [style.background ?? BACKGROUND, style.colour ?? FOREGROUND]
        : [style.colour ?? FOREGROUND, style.background];
      if (paper !== undefined)
        shapes.push(box(MARGIN + x * CELL_WIDTH, y, textWidth(piece) * CELL_WIDTH, paper));
      // Word by word: blanks need nothing, and each word begins exactly in its cell, whatever the font.
      for (const { 0: word, index } of piece.matchAll(/[!-~]+|[^ -~]+/g)) {
        const at = MARGIN + (x + textWidth(piece.slice(0, index))) * CELL_WIDTH;
        const cells = textWidth(word) * CELL_WIDTH;
        const weight = style.isBold ? ' font-weight="bold"' : "";
        shapes.push(
          `<text x="${at.toFixed(1)}" y="${MARGIN + y * ROW_HEIGHT + 13.5}" fill="${ink}" textLength="${cells.toFixed(1)}"${weight}>${escape(word)}</text>`,
        );
      }
      x += textWidth(piece);
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${shapes.join("\n")}
</svg>
`;
}

const box = (x: number, y: number, width: number, fill: string) =>
  `<rect x="${x.toFixed(1)}" y="${MARGIN + y * ROW_HEIGHT}" width="${width.toFixed(1)}" height="${ROW_HEIGHT}" fill="${fill}"/>`;

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function restyle(before: Style, codes: readonly number[]): Style {
  let style = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const isBackground = code >= 40 && code <= 49;
    const key = isBackground ? "background" : "colour";
    if (code === 0) style = {};
    else if (code === 1) style = { ...style, isBold: true };
    else if (code === 22) style = { ...style, isBold: false };
    else if (code === 7 || code === 27) style = { ...style, isInverse: code === 7 };
    else if (code === 38 || code === 48) {
      style = { ...style, [key]: colourOf(codes[at + 2] ?? 0) };
      at += 2;
    } else if (code === 39 || code === 49) style = { ...style, [key]: undefined };
    else if (code >= 30 && code <= 47) style = { ...style, [key]: SIXTEEN[code % 10] };
    else if (code >= 90 && code <= 97) style = { ...style, colour: SIXTEEN[code - 82] };
  }
  return style;
}

/** One of the 256 colours. */
function colourOf(index: number): string {
  if (index < 16) return SIXTEEN[index] ?? FOREGROUND;
  const hex = (level: number) => level.toString(16).padStart(2, "0");
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`;
  const cube = index - 16;
  return `#${[36, 6, 1].map((step) => hex(STEPS[Math.floor(cube / step) % 6] ?? 0)).join("")}`;
}
