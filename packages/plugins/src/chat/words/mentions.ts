import type { Caller } from "@palaver/plugin-api";

// As many as the wire carries.
const maxMentions = 16;
const name = String.raw`~?[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}_.\-]*`;
const mention = new RegExp(String.raw`(?<![\p{L}\p{Nd}_])@(${name})|^(${name})[:,](?=\s)`, "gv");

/** What names nobody ends here: a fifth of the time. */
const mayMention = /@|^\S+[:,]\s/;

/** Who in the room a text names: `@ada` anywhere, or `ada:` in front. */
export function findMentions(
  text: string,
  find: (nick: string) => Caller | undefined,
  isInRoom: (user: Caller) => boolean,
): readonly string[] {
  if (!mayMention.test(text)) return [];
  const nicks = new Set<string>();
  for (const [, named, addressed = ""] of text.matchAll(mention)) {
    const written = named ?? addressed;
    // The full stop that ends a sentence is no part of the name.
    const user = find(written) ?? find(written.replace(/[.-]+$/, ""));
    if (user?.nick !== undefined && isInRoom(user)) nicks.add(user.nick);
    if (nicks.size === maxMentions) break;
  }
  return [...nicks];
}
