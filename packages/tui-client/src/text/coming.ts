/** What the hub says of somebody who came or went, `what` as it says it. */
export interface Coming {
  readonly nick: string;
  readonly what: "is here" | "went offline" | "left";
  /** How it came about, in the hub's words; mostly nothing. */
  readonly why: string;
}

const COMING = /^ (is here|went offline|left)\b(.*)$/s;

/** A room's notice as the coming or going that it tells of; undefined for any other. */
export function tryComing(from: string, text: string): Coming | undefined {
  if (from === "" || !text.startsWith(from)) return undefined;
  const [, what, why = ""] = COMING.exec(text.slice(from.length)) ?? [];
  return what === undefined ? undefined : { nick: from, what: what as Coming["what"], why };
}
