/** A fenced block of a page: what its info string says it is, and what it holds. */
export interface Block {
  /** The line of its opening fence, from 1. */
  readonly line: number;
  /** The first word of the info string: `sh`, `toml`, `console` … */
  readonly language: string;
  /** The second word: a file's name, or a way to run it. */
  readonly label: string | undefined;
  readonly text: string;
}

/** Every fenced block of a page, in order. @throws {Error} for a fence that is never closed. */
export function readBlocks(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { line: number; fence: string; info: string; lines: string[] } | undefined;
  page.split("\n").forEach((text, index) => {
    const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(text);
    if (open) {
      if (fence?.[1] === open.fence && fence[2]?.trim() === "") {
        const [language = "", label] = open.info.split(/\s+/);
        blocks.push({ line: open.line, language, label, text: open.lines.join("\n") });
        open = undefined;
      } else open.lines.push(text);
    } else if (fence) {
      open = { line: index + 1, fence: fence[1] ?? "", info: (fence[2] ?? "").trim(), lines: [] };
    }
  });
  if (open) throw new Error(`line ${open.line}: the block is never closed`);
  return blocks;
}

/** A command of a `console` block, and what stands below it. */
export interface Step {
  readonly command: string;
  /** In order: lines that are typed into the command (`> text`), and lines that it prints. */
  readonly lines: readonly { readonly kind: "typed" | "printed"; readonly text: string }[];
}

/**
 * Reads `$ command`, `> what is typed into it` and what it prints.
 * @param running the command that lines without one before them belong to
 * @throws {Error} when there is no command first.
 */
export function readSteps(text: string, running?: string): readonly Step[] {
  const steps: { command: string; lines: { kind: "typed" | "printed"; text: string }[] }[] = [];
  if (running !== undefined && !text.startsWith("$ ")) steps.push({ command: running, lines: [] });
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), lines: [] });
    else if (steps.length === 0) throw new Error(`a console block begins with "$ command", not with ${line}`);
    else if (line.startsWith("> ")) steps.at(-1)?.lines.push({ kind: "typed", text: line.slice(2) });
    else steps.at(-1)?.lines.push({ kind: "printed", text: line });
  }
  return steps;
}

/**
 * Whether lines are what a page shows: `…` stands for any text, on a line of its own for any lines between
 * others, and at the end for one or more. */
export function isShown(shown: readonly string[], lines: readonly string[]): boolean {
  const [first, ...others] = shown;
  if (first === undefined) return lines.length === 0;
  if (first === "…") {
    if (others.length > 0 && isShown(others, lines)) return true;
    return lines.some((_, index) => isShown(others, lines.slice(index + 1)));
  }
  const [line, ...rest] = lines;
  return line !== undefined && isShownLine(first, line) && isShown(others, rest);
}

function isShownLine(shown: string, line: string): boolean {
  const pattern = shown.trimEnd().split("…").map(literal).join(".*");
  return new RegExp(`^${pattern}$`, "u").test(line.trimEnd());
}

/** A pattern that matches just this text. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** The lines of what a program printed. */
export function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
