import { parseLine } from "../commands/parse-line.ts";
import { MAX_DRAFT_LENGTH } from "../composer/composer.ts";
import { splitMessage } from "../composer/split-message.ts";
import type { Words } from "../i18n/words.ts";
import { type ChatState, countPending, shownRoom } from "../store/state.ts";
import { sanitizeName } from "../text/sanitize.ts";
import { fitText, textWidth, truncateText } from "../text/width.ts";
import type { Look } from "../theme/look.ts";

/** Who and where we are, how the hub is, and what waits; a hint takes its place until the next key. */
export function drawStatus(
  state: ChatState,
  width: number,
  overlayHint: string | undefined,
  look: Look,
  words: Words,
): string {
  const said = overlayHint ?? state.hint ?? draftHint(state, words);
  if (said !== undefined) return look.paint("status", look.show(fitText(` ${said}`, width)));
  const isOnline = state.connection.state === "online";
  const left = ` ${describe(state, words)}`;
  const help = state.composer.text === "" ? `${words.helpOffer} ` : "";
  const hasRoom = textWidth(left) + textWidth(help) + 2 <= width;
  const shown = look.show(hasRoom ? fitText(left, width - textWidth(help)) : truncateText(left, width));
  return (
    look.paint(isOnline ? "status" : "trouble", shown) + (hasRoom ? look.paint("hint", look.show(help)) : "")
  );
}

/** What Enter would do now, where that is not plain. */
function draftHint({ composer, target, overlay }: ChatState, words: Words): string | undefined {
  if (overlay !== undefined) return undefined;
  if (composer.pastedLines > 0) {
    const { pastedLines, text } = composer;
    return (
      (parseLine(text).type === "command"
        ? words.pastedCommand(pastedLines)
        : words.pasted(pastedLines, splitMessage(text).length)) +
      (composer.cutLength > 0 ? words.pasteCut(composer.cutLength) : "")
    );
  }
  const isFull = composer.text.length === MAX_DRAFT_LENGTH;
  if (isFull && composer.cutLength > 0) return words.draftCut(composer.cutLength);
  if (target?.type === "edit") return words.editing;
  if (target?.type === "reply") return words.replying(target.from, target.excerpt);
  return undefined;
}

function describe(state: ChatState, words: Words): string {
  const room = shownRoom(state);
  const parts = [`[${state.nick ?? "…"}]`, `#${sanitizeName(room.name)}`, describeHub(state, words)];
  const pending = countPending(state);
  if (state.connection.state === "online" && pending > 0) parts.push(words.queued(pending));
  const others = state.rooms.filter((_, index) => index !== state.shown);
  const sum = (count: (room: ChatState["rooms"][number]) => number) =>
    others.reduce((all, each) => all + count(each), 0);
  const mentions = sum((each) => each.mentions);
  const unread = sum((each) => each.unread);
  if (mentions > 0) parts.push(words.mentions(mentions));
  else if (unread > 0) parts.push(words.unread(unread));
  const typing = room.typing.filter(({ nick }) => nick !== state.nick);
  if (typing.length > 0) parts.push(words.isTyping(typing.map(({ nick }) => nick)));
  return parts.join("  ");
}

function describeHub(state: ChatState, words: Words): string {
  const { connection } = state;
  const pending = countPending(state);
  const why = connection.reason === undefined ? "" : `: ${connection.reason}`;
  const queued = pending > 0 ? `, ${words.queued(pending)}` : "";
  switch (connection.state) {
    case "online":
      return [words.online, ...describeWay(state, words)].join("  ");
    case "connecting":
      return `${words.connecting}${queued}${why}`;
    case "offline":
      return `${words.offline}${queued}${why}`;
    case "closed":
      return `${words.closed}${why}`;
  }
}

/** Less is told as none. */
const MIN_LOSS = 0.01;

function describeWay({ way }: ChatState, words: Words): string[] {
  if (way === undefined) return [];
  const { lagMs, loss, hasRoamed } = way;
  return [
    words.lag(Math.round(lagMs)),
    ...(loss >= MIN_LOSS ? [words.loss(Math.round(loss * 100))] : []),
    ...(hasRoamed ? [words.roamed] : []),
  ];
}
