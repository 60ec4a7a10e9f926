import type { Entry } from "../store/entry.ts";
import type { Role } from "../theme/themes.ts";
import { tryComing } from "../text/coming.ts";
import { findLinks } from "../text/links.ts";
import { findMentions } from "../text/mentions.ts";
import { formatClock, formatDuration } from "../text/time.ts";
import { fitText, truncateText, wrapText } from "../text/width.ts";
import { drawRule } from "../text/rule.ts";
import type { EntryContext, LayoutOptions, Row } from "./layout.ts";
import { type Span, paintRows } from "./paint-text.ts";

/** The columns of a timeline, in cells. */
export interface EntryLayout extends LayoutOptions {
  readonly timeWidth: number;
  /** With the gap behind it. */
  readonly nameWidth: number;
  readonly bodyWidth: number;
}

/** A row before it has a place. */
interface Draft {
  readonly text: string;
  readonly plain: string;
}

/** The rows of an entry: lines above it, the message it answers, its text, and what belongs to it. */
export function layoutEntry(entry: Entry, context: EntryContext, layout: EntryLayout): readonly Row[] {
  const rows = [
    ...rules(entry, context, layout),
    ...quoteRow(entry, layout),
    ...(entry.run === undefined ? messageRows(entry, context, layout) : runRows(entry, layout)),
    ...footRows(entry, layout),
  ];
  return rows.map((row, index) => ({ ...row, key: `${entry.id}.${index}`, entryId: entry.id, index }));
}

function rules(entry: Entry, { startsDay, startsNew }: EntryContext, layout: EntryLayout): Draft[] {
  const { width, look, words, isBare } = layout;
  const rule = (role: Role, label: string): Draft => {
    const plain = isBare ? label : drawRule(label, width, look.glyphs.horizontal);
    const shown = look.show(plain);
    return { plain: shown, text: look.paint(role, shown) };
  };
  return [
    ...(startsDay ? [rule("day", words.day(entry.at))] : []),
    ...(startsNew ? [rule("marker", words.newMessages)] : []),
  ];
}

/** One row with its two columns before it. */
function inColumns(
  layout: EntryLayout,
  time: string,
  name: string,
  body: Draft,
  paintName?: (text: string) => string,
): Draft {
  const { look, timeWidth, nameWidth } = layout;
  const clock = timeWidth === 0 ? "" : fitText(time, timeWidth);
  const label = nameWidth === 0 ? "" : look.show(fitText(truncateText(name, nameWidth - 2), nameWidth));
  return {
    plain: clock + label + body.plain,
    text: look.paint("time", clock) + (paintName?.(label) ?? label) + body.text,
  };
}

/** Every state is told in words or signs, never by colour alone. */
function messageRows(entry: Entry, { isGrouped }: EntryContext, layout: EntryLayout): Draft[] {
  const { look, words, nick, bodyWidth, isBare } = layout;
  const { text, lead } = describe(entry, layout);
  const mark = markOf(entry, layout);
  const shown = text + mark;
  const wrapped = wrapText(shown, bodyWidth);
  const role =
    entry.delivery === "failed" ? "failed" : entry.delivery === "pending" ? "pending" : roleOf(entry);
  const painted = paintRows(shown, wrapped, spansOf(shown, text.length, entry, layout), look, role);
  const isMine = entry.from === nick;
  const paintName = (label: string) =>
    entry.kind === "notice"
      ? look.paint("notice", label)
      : isMine
        ? look.paint("own", label)
        : look.paintName(entry.from, label);
  const name = isGrouped ? "" : entry.kind === "notice" ? "--" : entry.kind === "me" ? "*" : entry.from;
  const prefix = isBare && !isGrouped && entry.kind === "say" ? words.bareName(entry.from) : "";
  return wrapped.map((plain, index) => {
    const body = {
      plain: look.show(prefix && index === 0 ? prefix + plain : plain),
      text: (index === 0 ? prefix : "") + (painted[index] ?? ""),
    };
    // What was said in the same minute needs no second time.
    return index === 0
      ? inColumns(layout, isGrouped && lead === "" ? "" : formatClock(entry.at), name, body, paintName)
      : inColumns(layout, "", "", body);
  });
}

function describe(entry: Entry, { words }: EntryLayout): { readonly text: string; readonly lead: string } {
  if (entry.isDeleted === true) return { text: words.deleted, lead: "" };
  if (entry.kind === "me") return { text: `${entry.from} ${entry.text}`, lead: entry.from };
  const coming = entry.kind === "notice" ? tryComing(entry.from, entry.text) : undefined;
  const text = coming === undefined ? entry.text : words.coming(coming);
  const others = (entry.gathered ?? 1) - 1;
  return { text: others > 0 ? `${text}${words.gathered(others)}` : text, lead: "" };
}

function markOf(entry: Entry, { words, look }: EntryLayout): string {
  if (entry.delivery === "pending") return ` ${look.glyphs.ellipsis}`;
  if (entry.delivery === "failed") return ` [${words.failed(entry.reason ?? "")}]`;
  return entry.isEdited === true && entry.isDeleted !== true ? ` ${words.edited}` : "";
}

function roleOf(entry: Entry): Role | undefined {
  return entry.kind === "notice" || entry.isDeleted === true ? "notice" : undefined;
}

function spansOf(shown: string, length: number, entry: Entry, layout: EntryLayout): Span[] {
  const { nick, query, chosenEntry, chosenFrom, chosenTo } = layout;
  const spans: Span[] = findLinks(entry.isDeleted === true ? "" : shown.slice(0, length)).map(
    ({ from, to, href }) => ({
      from,
      to,
      href,
      role: "link",
    }),
  );
  if (entry.isMention === true) {
    for (const [from, to] of findMentions(shown.slice(0, length), nick))
      spans.push({ from, to, role: "mention" });
  }
  if (shown.length > length && entry.isEdited === true)
    spans.push({ from: length, to: shown.length, role: "quote" });
  for (const [from, to] of findAll(shown, query)) spans.push({ from, to, role: "hit" });
  if (chosenEntry === entry.id && chosenFrom !== undefined && chosenTo !== undefined) {
    // The name of who does something stands before the text of `/me`.
    const shift = entry.kind === "me" ? entry.from.length + 1 : 0;
    spans.push({ from: chosenFrom + shift, to: chosenTo + shift, role: "selected" });
  }
  return spans;
}

/** Where a text holds another, whatever the case. */
function findAll(text: string, query: string): [from: number, to: number][] {
  const found: [number, number][] = [];
  const [inside, wanted] = [text.toLowerCase(), query.toLowerCase()];
  // A letter whose lower case is longer would move everything behind it.
  if (wanted === "" || inside.length !== text.length) return found;
  for (let at = inside.indexOf(wanted); at !== -1; at = inside.indexOf(wanted, at + wanted.length)) {
    found.push([at, at + wanted.length]);
  }
  return found;
}

function quoteRow({ replyTo }: Entry, layout: EntryLayout): Draft[] {
  if (replyTo === undefined) return [];
  const { look } = layout;
  return [dim(layout, `${look.glyphs.reply} ${replyTo.from}: ${replyTo.excerpt}`)];
}

/** Reactions and translations. */
function footRows({ reactions = [], translation }: Entry, layout: EntryLayout): Draft[] {
  const rows: Draft[] = [];
  if (reactions.length > 0) {
    const all = reactions.map(({ emoji, nicks }) => {
      const isMine = nicks.includes(layout.nick ?? "");
      return `${emoji} ${nicks.length}${isMine ? "*" : ""}`;
    });
    rows.push(dim(layout, all.join("  ")));
  }
  if (translation !== undefined) rows.push(dim(layout, `${layout.look.glyphs.translation} ${translation}`));
  return rows;
}

function dim(layout: EntryLayout, text: string): Draft {
  const plain = layout.look.show(truncateText(text, layout.bodyWidth));
  return inColumns(layout, "", "", { plain, text: layout.look.paint("quote", plain) });
}

/** A command with its output in a frame, and how it ended. */
function runRows(entry: Entry, layout: EntryLayout): Draft[] {
  const { run, text, at } = entry;
  if (run === undefined) return [];
  const { look, words, bodyWidth } = layout;
  const { glyphs } = look;
  const framed = (sign: string, plain: string, painted = look.show(plain), time = ""): Draft => {
    const frame = layout.nameWidth === 0 ? "" : `${" ".repeat(layout.nameWidth - 2)}${sign} `;
    const clock = layout.timeWidth === 0 ? "" : fitText(time, layout.timeWidth);
    return {
      plain: clock + frame + look.show(plain),
      text: look.paint("time", clock) + look.paint("output", frame) + painted,
    };
  };
  const command = truncateText(run.command, bodyWidth);
  const lines = text === "" ? [] : wrapText(text, bodyWidth);
  const spans = [...findAll(text, layout.query)].map(([from, to]): Span => ({ from, to, role: "hit" }));
  const painted = paintRows(text, lines, spans, look, undefined);
  const end = endOf(entry, layout);
  return [
    framed(glyphs.run, command, look.paint("title", look.show(command)), formatClock(at)),
    ...lines.map((line, index) => framed(glyphs.runLine, line, painted[index])),
    ...(run.droppedLines > 0 ? [framed(glyphs.runLine, words.moreLines(run.droppedLines))] : []),
    ...(end === undefined
      ? []
      : // What is drawn again and again keeps its height.
        (run.state === "running" ? [truncateText(end.text, bodyWidth)] : wrapText(end.text, bodyWidth)).map(
          (line, index) =>
            framed(index === 0 ? glyphs.runEnd : " ", line, look.paint(end.role, look.show(line))),
        )),
  ];
}

/** A short command that went well says so by its answer. */
const QUIET_MS = 2000;

function endOf(
  { run, text }: Entry,
  { words }: EntryLayout,
): { readonly text: string; readonly role: Role } | undefined {
  if (run === undefined) return undefined;
  const took = formatDuration(run.durationMs ?? 0);
  switch (run.state) {
    case "running":
      return { text: run.progress ?? words.running, role: "hint" };
    case "stopped":
      return { text: words.stopped(took), role: "failed" };
    case "failed":
      return { text: words.runFailed(run.reason ?? ""), role: "failed" };
    case "ended": {
      const isQuiet = run.status === 0 && (run.durationMs ?? 0) < QUIET_MS && text !== "";
      if (isQuiet) return undefined;
      return { text: words.endedWith(run.status ?? 0, took), role: run.status === 0 ? "hint" : "failed" };
    }
  }
}
