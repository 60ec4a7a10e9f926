import { Box, Text, useCursor } from "ink";
import type { DraftLayout } from "../composer/draft-layout.ts";
import type { Look } from "../theme/look.ts";
import { textWidth } from "../text/width.ts";

interface Props {
  readonly draft: DraftLayout;
  readonly prompt: string;
  /** The screen row of the draft's first row. */
  readonly top: number;
  readonly look: Look;
}

/** What is being written, with the terminal's own cursor in it, so that input methods know where to draw. */
export function Draft({ draft, prompt, top, look }: Props) {
  const { setCursorPosition } = useCursor();
  const indent = textWidth(prompt);
  setCursorPosition({ x: indent + draft.cursorColumn, y: top + draft.cursorRow });
  return (
    <Box flexDirection="column" flexShrink={0}>
      {draft.rows.map((row, index) => (
        // Rows have no other identity than their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Text key={index} wrap="truncate-end">
          {(index === 0 ? look.paint("prompt", look.show(prompt)) : " ".repeat(indent)) + look.show(row)}
        </Text>
      ))}
    </Box>
  );
}
