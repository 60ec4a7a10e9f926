import { afterEach, expect, test } from "vitest";
import { openScreens } from "./open-screens.ts";

const screens = openScreens();
afterEach(screens.close);

/** The lowest message on the screen, by its number. */
const lowest = (text: string) => Number([...text.matchAll(/#(\d+):/g)].at(-1)?.[1]);

test("120, 40 and 120 columns again while typing and scrolled up: the place, the draft and nothing else stays", async () => {
  const screen = await screens.open({ columns: 120, rows: 30 });
  const talk = "说了很多话 and some more words, so that it takes two rows on a narrow screen ".repeat(2);
  for (let index = 1; index <= 200; index++) screen.connection.store("bob", `#${index}: ${talk}`);
  await screen.shows("#200:");
  screen.type("\u001b[5~\u001b[5~");
  await screen.shows("↓ PgDn");
  const before = screen.rows().join("\n");
  screen.type("my ");
  await screen.shows("> my");
  screen.resize(40, 30);
  screen.type("draft 你好");
  await screen.until((text) => text.includes("> my draft 你好") && !text.includes("│"));
  expect(lowest(screen.rows().join("\n"))).toBe(lowest(before));
  screen.resize(120, 30);
  screen.type(" goes on");
  await screen.until((text) => text.includes("> my draft 你好 goes on") && text.includes("┴"));
  const rows = screen.rows();
  const status = (shown: readonly string[]) => shown.slice(0, -2);
  expect(status(rows)).toEqual(status(before.split("\n")));
  expect(rows.filter((row) => row.includes("draft"))).toHaveLength(1);
});

test("whatever size the terminal takes, the screen is drawn or says that it is too small", async () => {
  const screen = await screens.open({ columns: 100, rows: 20 });
  screen.connection.store("bob", "你好 ".repeat(50));
  screen.type("draft");
  for (const [columns, rows] of [
    [1, 1],
    [20, 5],
    [2, 40],
    [300, 3],
    [19, 5],
    [21, 6],
    [71, 5],
    [101, 7],
  ] as const) {
    screen.resize(columns, rows);
    await screen.until(
      (text) => text.includes("> draft") || text.startsWith("too small".slice(0, columns - 1)),
    );
  }
  screen.resize(100, 20);
  await screen.until(() => screen.rows().at(-1) === "> draft");
});
