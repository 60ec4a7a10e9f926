import { Box, Text } from "ink";
import { shownRoom } from "../store/state.ts";
import { truncateText } from "../text/width.ts";
import { colourOfName } from "./colours.ts";
import { useChat } from "./use-chat.ts";

const AWAY = " away";

/** Who is in the room that is shown. */
export function NickList({ width, height }: { readonly width: number; readonly height: number }) {
  const users = useChat((state) => shownRoom(state).users);
  const hidden = users.length > height ? users.length - height + 1 : 0;

  return (
    <Box flexDirection="column" width={width} flexShrink={0} paddingLeft={1}>
      {users.slice(0, height - (hidden > 0 ? 1 : 0)).map(({ nick, state }) => (
        <Text key={nick} wrap="truncate-end">
          <Text color={colourOfName(nick)}>
            {truncateText(nick, width - 1 - (state === "away" ? AWAY.length : 0))}
          </Text>
          {state === "away" ? <Text dimColor>{AWAY}</Text> : ""}
        </Text>
      ))}
      {hidden > 0 ? <Text dimColor>… {hidden} more</Text> : undefined}
    </Box>
  );
}
