import { Box, Text, useCursor } from "ink";
import type { DraftLayout } from "../composer/draft-layout.ts";
import { PROMPT } from "./geometry.ts";

interface Props {
  readonly draft: DraftLayout;
  /** The screen row of the draft's first row. */
  readonly top: number;
}

/** The message being written, with the terminal's own cursor in it, so that input methods know where to draw. */
export function Draft({ draft, top }: Props) {
  const { setCursorPosition } = useCursor();
  setCursorPosition({ x: PROMPT.length + draft.cursorColumn, y: top + draft.cursorRow });
  return (
    <Box flexDirection="column" flexShrink={0}>
      {draft.rows.map((row, index) => (
        // Rows have no other identity than their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Text key={index} wrap="truncate-end">
          {(index === 0 ? PROMPT : " ".repeat(PROMPT.length)) + row}
        </Text>
      ))}
    </Box>
  );
}
