import process from "node:process";

/** Where the parts of the screen stand, in cells. */
export interface Geometry {
  readonly columns: number;
  readonly rows: number;
  /** 0: there is no room list. */
  readonly roomListWidth: number;
  /** 0: there is no list of nicknames. */
  readonly nickListWidth: number;
  readonly timelineWidth: number;
  readonly timelineHeight: number;
  /** With its title; 0: there is none. */
  readonly panelHeight: number;
  readonly draftHeight: number;
}

const MIN_COLUMNS = 20;
const MIN_ROWS = 5;
const MIN_COLUMNS_WITH_ROOMS = 70;
const MIN_COLUMNS_WITH_NICKS = 100;
const ROOM_LIST_WIDTH = 14;
const NICK_LIST_WIDTH = 17;
const BORDER_WIDTH = 1;
/** The line above it and the status line itself. */
const STATUS_HEIGHT = 2;
const MAX_DRAFT_HEIGHT = 8;

/**
 * The rows that are drawn. Ink clears the whole screen for every frame higher than the terminal, on Windows also for one of
 * the same height.
 */
export function drawnRows(rows: number): number {
  return process.platform === "win32" ? rows - 1 : rows;
}

/** How many rows of a long draft are shown. */
export function maxDraftHeight(rows: number): number {
  return Math.max(1, Math.min(MAX_DRAFT_HEIGHT, Math.floor(rows / 3)));
}

/**
 * Undefined when the screen is too small for any layout. A bare screen has the talk and the draft only.
 * @param wantedPanel rows of the panel, which gets what there is at most
 */
export function layoutScreen(
  columns: number,
  rows: number,
  draftHeight: number,
  isBare = false,
  wantedPanel = 0,
): Geometry | undefined {
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return undefined;
  const roomListWidth = columns >= MIN_COLUMNS_WITH_ROOMS && !isBare ? ROOM_LIST_WIDTH : 0;
  const nickListWidth = columns >= MIN_COLUMNS_WITH_NICKS && !isBare ? NICK_LIST_WIDTH : 0;
  const borders = (roomListWidth > 0 ? BORDER_WIDTH : 0) + (nickListWidth > 0 ? BORDER_WIDTH : 0);
  const upper = rows - STATUS_HEIGHT - draftHeight;
  const panelHeight = Math.min(wantedPanel, upper);
  return {
    columns,
    rows,
    roomListWidth,
    nickListWidth,
    timelineWidth: columns - roomListWidth - nickListWidth - borders,
    timelineHeight: upper - panelHeight,
    panelHeight,
    draftHeight,
  };
}
