import { Box, Text, useApp, useWindowSize } from "ink";
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import type { Words } from "../i18n/words.ts";
import { overlayHint } from "../overlays/overlays.ts";
import type { Store } from "../store/store.ts";
import { shownRoom } from "../store/state.ts";
import type { Look } from "../theme/look.ts";
import { Border } from "./border.tsx";
import { Draft } from "./draft.tsx";
import type { DrawFrame } from "./frame.ts";
import { drawnRows } from "./geometry.ts";
import { NickList } from "./nick-list.tsx";
import { PanelView } from "./panel-view.tsx";
import { RoomList } from "./room-list.tsx";
import { drawSeparator } from "./separator.ts";
import { drawStatus } from "./status.ts";
import { Timeline } from "./timeline.tsx";

/** Gives the terminal to a callback, and takes it again. */
export type SuspendTerminal = (callback: () => Promise<void>) => Promise<void>;

interface Props {
  readonly store: Store;
  readonly draw: DrawFrame;
  readonly look: Look;
  readonly words: Words;
  readonly onSuspendable: (suspend: SuspendTerminal) => void;
  /** The screen has another size, and is drawn for it. */
  readonly onResized: () => void;
}

/** The whole screen. Everything is drawn from one state; what has not changed is not drawn again. */
export function App({ store, draw, look, words, onSuspendable, onResized }: Props) {
  const { columns, rows: terminalRows } = useWindowSize();
  const rows = drawnRows(terminalRows);
  const { suspendTerminal } = useApp();
  // In braces: what an effect gives back is called when the screen closes.
  useLayoutEffect(() => {
    onSuspendable(suspendTerminal);
  }, [suspendTerminal, onSuspendable]);
  const drawnSize = useRef("");
  useEffect(() => {
    const size = `${columns}x${terminalRows}`;
    if (drawnSize.current !== "" && drawnSize.current !== size) onResized();
    drawnSize.current = size;
  }, [columns, terminalRows, onResized]);
  const state = useSyncExternalStore(store.subscribe, store.getState);
  const { geometry, draft, prompt, panel, rows: talkRows, selection } = draw(state, columns, rows);

  if (geometry === undefined) {
    return (
      <Box width={columns} height={rows} overflow="hidden">
        <Text wrap="truncate-end">{words.tooSmall}</Text>
      </Box>
    );
  }
  const { roomListWidth, nickListWidth, timelineWidth, timelineHeight, panelHeight } = geometry;
  const room = shownRoom(state);
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      {timelineHeight > 0 ? (
        <Box height={timelineHeight} flexShrink={0}>
          {roomListWidth > 0 ? (
            <RoomList
              rooms={state.rooms}
              shown={state.shown}
              width={roomListWidth}
              height={timelineHeight}
              look={look}
            />
          ) : undefined}
          {roomListWidth > 0 ? <Border height={timelineHeight} look={look} /> : undefined}
          <Timeline
            rows={talkRows}
            selected={selection?.from === undefined ? selection?.entryId : undefined}
            width={timelineWidth}
            height={timelineHeight}
            look={look}
          />
          {nickListWidth > 0 ? <Border height={timelineHeight} look={look} /> : undefined}
          {nickListWidth > 0 ? (
            <NickList
              users={room.users}
              nick={state.nick}
              width={nickListWidth}
              height={timelineHeight}
              look={look}
              words={words}
            />
          ) : undefined}
        </Box>
      ) : undefined}
      {panel === undefined ? undefined : (
        <PanelView panel={panel} width={columns} height={panelHeight} look={look} />
      )}
      <Text wrap="truncate-end">{drawSeparator(geometry, room, look, words)}</Text>
      <Text wrap="truncate-end">{drawStatus(state, columns, overlayHint(state, words), look, words)}</Text>
      <Draft draft={draft} prompt={prompt} top={rows - draft.rows.length} look={look} />
    </Box>
  );
}
