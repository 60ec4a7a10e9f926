import type { UserInfo } from "@palaver/client";
import { Box, Text } from "ink";
import { memo } from "react";
import type { Words } from "../i18n/words.ts";
import { fitText, truncateText } from "../text/width.ts";
import type { Look } from "../theme/look.ts";

interface Props {
  readonly users: readonly UserInfo[];
  readonly nick: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly look: Look;
  readonly words: Words;
}

const collator = new Intl.Collator();

/** Who is in the room that is shown; those who are away come last. */
export const NickList = memo(function NickList({ users, nick, width, height, look, words }: Props) {
  const sorted = users.toSorted(
    (one, other) =>
      Number(one.state === "away") - Number(other.state === "away") || collator.compare(one.nick, other.nick),
  );
  const hidden = sorted.length > height ? sorted.length - height + 1 : 0;
  const away = ` ${words.away}`;
  return (
    <Box flexDirection="column" width={width} flexShrink={0} paddingLeft={1}>
      {sorted.slice(0, height - (hidden > 0 ? 1 : 0)).map((user) => {
        const isAway = user.state === "away";
        const room = width - 2 - (isAway ? away.length : 0);
        const name = look.show(truncateText(user.nick, room));
        const painted = isAway
          ? look.paint("away", name + away)
          : user.nick === nick
            ? look.paint("own", name)
            : look.paintName(user.nick, name);
        return (
          <Text key={user.nick} wrap="truncate-end">
            {painted}
          </Text>
        );
      })}
      {hidden > 0 ? (
        <Text>{look.paint("hint", look.show(fitText(words.morePeople(hidden), width - 2)))}</Text>
      ) : undefined}
    </Box>
  );
});
