import { type DraftLayout, cropDraft, layoutDraft } from "../composer/draft-layout.ts";
import type { Words } from "../i18n/words.ts";
import type { Keymap } from "../keymap/bindings.ts";
import { type Panel, type QueryLine } from "../overlays/panel.ts";
import { type Space, panelOf, queryLineOf, selectionOf } from "../overlays/overlays.ts";
import { type ChatState, shownRoom } from "../store/state.ts";
import type { Look } from "../theme/look.ts";
import { textWidth, truncateText } from "../text/width.ts";
import { type LayoutOptions, type LayoutRows, type Row, createLayout } from "../timeline/layout.ts";
import { type Talk, createTalk } from "../timeline/talk.ts";
import { visibleRows } from "../timeline/viewport.ts";
import { type Geometry, layoutScreen, maxDraftHeight } from "./geometry.ts";

/** The screen for one state and size: what components draw, and what keys act on. */
export interface Frame {
  /** Undefined when the screen is too small for any layout. */
  readonly geometry: Geometry | undefined;
  readonly draft: DraftLayout;
  readonly prompt: string;
  readonly panel: Panel | undefined;
  /** Cells that an overlay has at most. */
  readonly panelSize: Space;
  readonly talk: Talk;
  /** The rows of the talk that are seen. */
  readonly rows: readonly Row[];
  readonly selection: ReturnType<typeof selectionOf>;
}

export type DrawFrame = (state: ChatState, columns: number, rows: number) => Frame;

/** Draws frames, each state and size once; the timeline's layout is kept for as long as its options are the same. */
export function createFrames(look: Look, words: Words, keymap: Keymap): DrawFrame {
  let last: { state: ChatState; columns: number; rows: number; frame: Frame } | undefined;
  let options: LayoutOptions | undefined;
  let layout: LayoutRows | undefined;
  const layoutInput = createInputLayout(words);

  function layoutFor(wanted: LayoutOptions): LayoutRows {
    const isSame =
      options !== undefined &&
      (Object.keys(wanted) as (keyof LayoutOptions)[]).every((key) => Object.is(options?.[key], wanted[key]));
    if (layout === undefined || !isSame) layout = createLayout(wanted);
    options = wanted;
    return layout;
  }

  return (state, columns, rows) => {
    if (last?.state === state && last.columns === columns && last.rows === rows) return last.frame;
    const queryLine = queryLineOf(state, words);
    const { draft, prompt } = layoutInput(state, queryLine, columns, rows);
    const panelSize = { width: columns, height: Math.max(1, rows - draft.rows.length - 4) };
    const panel = panelOf(state, words, keymap, panelSize);
    const geometry = layoutScreen(columns, rows, draft.rows.length, state.isBare, panelHeight(panel, rows));
    const selection = selectionOf(state);
    const room = shownRoom(state);
    const talk = createTalk(
      room,
      layoutFor({
        width: geometry?.timelineWidth ?? columns,
        look,
        words,
        nick: state.nick,
        isBare: state.isBare,
        query: state.overlay?.type === "search" ? state.overlay.query : "",
        chosenEntry: selection?.from === undefined ? undefined : selection.entryId,
        chosenFrom: selection?.from,
        chosenTo: selection?.to,
      }),
    );
    const frame: Frame = {
      geometry,
      draft,
      prompt,
      panel,
      panelSize,
      talk,
      rows: visibleRows(talk, room.anchor, geometry?.timelineHeight ?? 0),
      selection,
    };
    last = { state, columns, rows, frame };
    return frame;
  };
}

/** Cells before the draft. */
const PROMPT = "> ";
/** A prompt leaves as much for what is typed. */
const MIN_INPUT_WIDTH = 8;

type LayoutInput = (
  state: ChatState,
  line: QueryLine | undefined,
  columns: number,
  rows: number,
) => Pick<Frame, "draft" | "prompt">;

/** What is typed, laid out again only when it changes: a long draft takes 30 ms, and frames come for other reasons too. */
function createInputLayout(words: Words): LayoutInput {
  let last: { text: string; cursor: number; width: number; layout: DraftLayout } | undefined;
  return (state, line, columns, rows) => {
    const named = state.overlay?.type === "welcome" ? words.nickPrompt : line?.prompt;
    const prompt = named === undefined ? PROMPT : `${truncateText(named, columns - MIN_INPUT_WIDTH)} `;
    const width = Math.max(1, columns - textWidth(prompt) - 1);
    const text = line?.query ?? state.composer.text;
    const cursor = line?.query.length ?? state.composer.cursor;
    if (last?.text !== text || last.cursor !== cursor || last.width !== width)
      last = { text, cursor, width, layout: layoutDraft(text, cursor, width) };
    return { prompt, draft: cropDraft(last.layout, maxDraftHeight(rows)) };
  };
}

/** Rows with the title; a list leaves most of the talk in sight. */
function panelHeight(panel: Panel | undefined, rows: number): number {
  if (panel === undefined) return 0;
  if (panel.isTall === true) return Number.POSITIVE_INFINITY;
  return Math.min(Math.max(1, panel.rows.length), Math.max(3, Math.floor(rows / 2))) + 1;
}
