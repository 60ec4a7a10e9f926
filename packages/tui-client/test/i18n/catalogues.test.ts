import { expect, test } from "vitest";
import { LOCAL_COMMANDS } from "../../src/commands/local-commands.ts";
import { LANGUAGES } from "../../src/i18n/words.ts";
import { isCommand } from "../../src/keymap/commands.ts";

/** Every word by its dotted name. */
function namesOf(words: object, prefix = ""): string[] {
  return Object.entries(words).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? namesOf(value, `${prefix}${name}.`)
      : [prefix + name],
  );
}

test("every catalogue has the same words, and none is empty", () => {
  const { en, ...others } = LANGUAGES;
  for (const words of Object.values(others))
    expect(namesOf(words).toSorted()).toEqual(namesOf(en).toSorted());
  for (const words of Object.values(LANGUAGES)) {
    const texts = JSON.stringify(words, (_, value: unknown) =>
      typeof value === "function" ? "made" : value,
    );
    expect(texts).not.toContain('""');
  }
});

test("every key's command and every command of the client is explained", () => {
  for (const words of Object.values(LANGUAGES)) {
    const named = isCommand.all.filter((command) => !/^room-\d$/.test(command));
    expect(Object.keys(words.commands).toSorted()).toEqual(named.toSorted());
    expect(Object.keys(words.local).toSorted()).toEqual(LOCAL_COMMANDS.map(({ name }) => name).toSorted());
  }
});
