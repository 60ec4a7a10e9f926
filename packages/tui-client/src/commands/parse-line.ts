/** What a line of the user means. */
export type Line =
  | { readonly type: "say"; readonly text: string }
  | {
      readonly type: "command";
      readonly name: string;
      readonly argv: readonly string[];
      /** Everything after the name, as it was written. */
      readonly rest: string;
    };

/** `/name args` is a command; `//text` says `/text`; anything else is said. */
export function parseLine(text: string): Line {
  if (text.startsWith("//")) return { type: "say", text: text.slice(1) };
  const match = /^\/(\S+)\s*([\s\S]*)$/.exec(text);
  const name = match?.[1];
  if (name === undefined) return { type: "say", text };
  const rest = (match?.[2] ?? "").trimEnd();
  return { type: "command", name, rest, argv: rest.split(/\s+/).filter((word) => word !== "") };
}
