/** Signs of the screen, one cell each. */
export interface Glyphs {
  readonly vertical: string;
  readonly horizontal: string;
  readonly cross: string;
  readonly down: string;
  readonly up: string;
  readonly ellipsis: string;
  readonly bullet: string;
  readonly run: string;
  readonly runLine: string;
  readonly runEnd: string;
  readonly reply: string;
  readonly failed: string;
  readonly online: string;
  readonly away: string;
  readonly translation: string;
}

export const unicodeGlyphs: Glyphs = {
  vertical: "│",
  horizontal: "─",
  cross: "┴",
  down: "↓",
  up: "↑",
  ellipsis: "…",
  bullet: "·",
  run: "▸",
  runLine: "│",
  runEnd: "└",
  reply: "┌",
  failed: "✗",
  online: "●",
  away: "○",
  translation: "→",
};

export const asciiGlyphs: Glyphs = {
  vertical: "|",
  horizontal: "-",
  cross: "+",
  down: "v",
  up: "^",
  ellipsis: "~",
  bullet: "-",
  run: ">",
  runLine: "|",
  runEnd: "`",
  reply: "/",
  failed: "x",
  online: "*",
  away: "-",
  translation: "=",
};
