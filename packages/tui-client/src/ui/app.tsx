import { Box, Text, useApp, useInput, usePaste, useWindowSize } from "ink";
import { useMemo, useState } from "react";
import { cropDraft, layoutDraft } from "../composer/draft-layout.ts";
import { type KeyPress, createKeyReader } from "../terminal/keys.ts";
import { createLayout } from "../timeline/layout.ts";
import type { Screen } from "../keymap/key-handler.ts";
import { Border } from "./border.tsx";
import { Draft } from "./draft.tsx";
import { draftWidth, drawnRows, layoutScreen, maxDraftHeight } from "./geometry.ts";
import { NickList } from "./nick-list.tsx";
import { RoomList } from "./room-list.tsx";
import { Separator } from "./separator.tsx";
import { StatusLine } from "./status-line.tsx";
import { Timeline } from "./timeline.tsx";
import { useChat } from "./use-chat.ts";

interface Props {
  /** Told of every key, with what it needs to know of the screen. */
  readonly onKey: (press: KeyPress, screen: Screen) => void;
}

/** The whole screen. */
export function App({ onKey }: Props) {
  const { columns, rows: terminalRows } = useWindowSize();
  const rows = drawnRows(terminalRows);
  const { suspendTerminal } = useApp();
  const [readKeys] = useState(createKeyReader);
  const text = useChat((state) => state.composer.text);
  const cursor = useChat((state) => state.composer.cursor);
  const draft = cropDraft(layoutDraft(text, cursor, draftWidth(columns)), maxDraftHeight(rows));
  const geometry = layoutScreen(columns, rows, draft.rows.length);
  const timelineWidth = geometry?.timelineWidth ?? columns;
  const layout = useMemo(() => createLayout(timelineWidth), [timelineWidth]);
  const screen: Screen = { layout, timelineHeight: geometry?.timelineHeight ?? 1, suspendTerminal };

  useInput((input, key) => {
    for (const press of readKeys(input, key)) onKey(press, screen);
  });
  usePaste((pasted) => onKey({ type: "paste", text: pasted }, screen));

  if (geometry === undefined) {
    return (
      <Box width={columns} height={rows} overflow="hidden">
        <Text wrap="truncate-end">too small</Text>
      </Box>
    );
  }
  const { roomListWidth, nickListWidth, timelineHeight } = geometry;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Box height={timelineHeight} flexShrink={0}>
        {roomListWidth > 0 ? <RoomList width={roomListWidth} height={timelineHeight} /> : undefined}
        {roomListWidth > 0 ? <Border height={timelineHeight} /> : undefined}
        <Timeline width={timelineWidth} height={timelineHeight} layout={layout} />
        {nickListWidth > 0 ? <Border height={timelineHeight} /> : undefined}
        {nickListWidth > 0 ? <NickList width={nickListWidth} height={timelineHeight} /> : undefined}
      </Box>
      <Separator geometry={geometry} />
      <StatusLine width={columns} />
      <Draft draft={draft} top={rows - draft.rows.length} />
    </Box>
  );
}
