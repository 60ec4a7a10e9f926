import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findFreePort } from "./free-port.ts";
import { type HubProcess, startHub } from "./hub-process.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { startTerminal, type Terminal } from "./terminal.ts";
import { openUdpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

let hub: HubProcess;
beforeAll(async () => {
  hub = await startHub();
});
// The names of the first try are taken there.
beforeEach(async ({ task }) => {
  if (!task.result?.retryCount) return;
  await hub[Symbol.asyncDispose]();
  hub = await startHub();
});
afterAll(() => hub?.[Symbol.asyncDispose]());

async function startChat(nick: string, port = hub.port("udp")): Promise<Terminal> {
  const terminal = await startTerminal();
  try {
    terminal.startChat(`127.0.0.1:${port}`, "--nick", nick);
    await terminal.shows(new RegExp(`\\[${nick}\\] +#lobby +online`));
    return terminal;
  } catch (error) {
    terminal[Symbol.dispose]();
    throw error;
  }
}

function say(terminal: Terminal, text: string): void {
  terminal.type(text);
  terminal.press("Enter");
}

test("two terminals and a text peer talk to each other", async () => {
  using ada = await startChat("Ada");
  using bob = await startChat("小明");
  await using textbook = await openUdpPeer(hub.port("udp"));
  await textbook.ask("online guest");

  say(ada, "hello from Ada");
  await bob.shows(/Ada +hello from Ada/);
  await ada.shows(/Ada +hello from Ada/);
  expect(await textbook.sees("hello from Ada")).toBe("Ada: hello from Ada\n");
  say(bob, "你好");
  await ada.shows(/小明 +你好/);
  textbook.send("hello from nc");
  await ada.shows(/~guest +hello from nc/);
  await bob.shows(/~guest +hello from nc/);
  // Who is here.
  await ada.shows(/│.*小明/);
});

test("Tab completes the hub's commands, and what they answer is shown", async () => {
  using terminal = await startChat("Completer");
  terminal.type("/top");
  terminal.press("Tab");
  await terminal.shows(/^> \/topic/m);
  terminal.press("C-u");
  say(terminal, "/tr apple");
  await terminal.shows("apple 苹果");
  say(terminal, "/nosuch");
  await terminal.shows(/nosuch/);
});

test("typing goes on while the hub is away, and what was written is said once when it is back", async () => {
  using folder = createTemporaryFolder();
  const port = await findFreePort();
  const listen = [`udp://127.0.0.1:${port}`];
  await using first = await startHub({ folder, listen });
  using terminal = await startChat("Ada", port);
  say(terminal, "before");
  // Without the mark of what is not stored yet.
  await terminal.shows(/Ada +before +│/);
  first.process.signal("SIGKILL");
  await first.process.exited;
  say(terminal, "meanwhile");
  await terminal.shows(/OFFLINE.*1 queued/);
  terminal.type("a draft");
  await terminal.shows("> a draft");

  await using second = await startHub({ folder, listen });
  await using textbook = await openUdpPeer(second.port("udp"));
  await textbook.ask("online");
  await terminal.shows(/\[Ada\] +#lobby +online/);
  await terminal.shows(/│ +meanwhile +│/);
  await terminal.shows("> a draft");
  textbook.send("/history 10");
  const history = await textbook.sees(/^\^1 /);
  expect(history).toMatch(/^\^1 \S+ \S+ Ada: before\n\^2 \S+ \S+ Ada: meanwhile\n$/);
});

test("what waits for the hub outlives a client that is killed, and one that is quit", async () => {
  using folder = createTemporaryFolder();
  const port = await findFreePort();
  const listen = [`udp://127.0.0.1:${port}`];
  const person = { env: { XDG_CONFIG_HOME: folder.path } };
  const start = async () => {
    const terminal = await startTerminal(person);
    terminal.startChat(`127.0.0.1:${port}`, "--nick", "Ada");
    return terminal;
  };
  {
    await using hub1 = await startHub({ folder, listen });
    using killed = await start();
    await killed.shows(/\[Ada\] +#lobby +online/);
    hub1.process.signal("SIGKILL");
    await hub1.process.exited;
    for (const text of ["one", "two", "three"]) say(killed, text);
    await killed.shows(/OFFLINE.*3 queued/);
    process.kill(killed.chatPid, "SIGKILL");
    using left = await start();
    await left.shows(/connecting/);
    say(left, "four");
    await left.shows(/1 queued/);
    left.press("C-d");
    expect(await left.chatEnded()).toBe(0);
    await left.shows("palaver: the hub does not have 4 messages yet");
  }
  await using second = await startHub({ folder, listen });
  using back = await start();
  await back.shows(/Ada +one(.|\n)*four +│/);
  await using textbook = await openUdpPeer(second.port("udp"));
  await textbook.ask("online");
  textbook.send("/history 10");
  expect((await textbook.sees(/^\^1 /)).match(/Ada: \w+/g)).toEqual(
    ["one", "two", "three", "four"].map((text) => `Ada: ${text}`),
  );
});

test("a terminal started before its hub says so, and connects when it is there", async () => {
  const port = await findFreePort();
  using terminal = await startTerminal();
  terminal.startChat(`127.0.0.1:${port}`, "--nick", "Early");
  await terminal.shows(/connecting/);
  await using late = await startHub({ listen: [`udp://127.0.0.1:${port}`] });
  await terminal.shows(/\[Early\] +#lobby +online/);
  expect(late.process.isRunning).toBe(true);
});

const exits: readonly (readonly [name: string, end: (terminal: Terminal) => void, status: number])[] = [
  ["/quit", (terminal: Terminal) => say(terminal, "/quit"), 0],
  ["Ctrl+C twice", (terminal: Terminal) => terminal.press("C-c", "C-c"), 0],
  ["Ctrl+D", (terminal: Terminal) => terminal.press("C-d"), 0],
  ["SIGTERM", (terminal: Terminal) => process.kill(terminal.chatPid, "SIGTERM"), 143],
  ["SIGHUP", (terminal: Terminal) => process.kill(terminal.chatPid, "SIGHUP"), 129],
];

test.for(exits)("after %s the terminal is as it was", async ([name, end, status]) => {
  // Every terminal is a person of its own, and a name belongs to one.
  using terminal = await startChat(`Leaver-${exits.findIndex(([other]) => other === name)}`);
  expect(terminal.isAlternate()).toBe(true);
  end(terminal);
  expect(await terminal.chatEnded()).toBe(status);
  expect(terminal.leftBehind()).toEqual({
    isAlternate: false,
    hasCursor: true,
    wrapsLines: true,
    settingsKept: true,
  });
  // The shell works as before: what is typed is echoed and run.
  say(terminal, "clear; echo $((6 * 7))");
  await terminal.shows(/^42$/m);
});

test("Ctrl+Z gives the terminal back as it was, and fg returns to the screen", async () => {
  using terminal = await startChat("Sleeper");
  terminal.press("C-z");
  await until("the shell's own screen", () => !terminal.isAlternate());
  say(terminal, "clear; fg");
  await until("the chat's screen", () => terminal.isAlternate());
  await terminal.shows(/\[Sleeper\] +#lobby +online/);
  say(terminal, "awake again");
  await terminal.shows(/Sleeper +awake again +│/);
  say(terminal, "/quit");
  await until("the shell's own screen", () => !terminal.isAlternate());
});

test("--linear talks in plain lines, without a screen of its own", async () => {
  using terminal = await startTerminal();
  terminal.startChat(`127.0.0.1:${hub.port("udp")}`, "--nick", "Linear", "--linear");
  await terminal.shows("online");
  say(terminal, "in plain lines");
  await terminal.shows(/Linear: in plain lines/);
  expect(terminal.isAlternate()).toBe(false);
  terminal.press("C-c");
  expect(await terminal.chatEnded()).toBe(130);
});

test("the room is told at once when somebody leaves", async () => {
  await using textbook = await openUdpPeer(hub.port("udp"));
  await textbook.ask("online");
  using terminal = await startChat("Passerby");
  await textbook.sees("Passerby is here");
  say(terminal, "/quit");
  expect(await terminal.chatEnded()).toBe(0);
  await textbook.sees(/Passerby went offline/);
});

test("whoever asks for somebody else's name is told so, and is a guest", async () => {
  using owner = await startChat("Owner");
  using other = await startTerminal();
  other.startChat(`127.0.0.1:${hub.port("udp")}`, "--nick", "Owner");
  await other.shows(/The name Owner is taken/);
  await other.shows(/\[~guest\d+\] +#lobby +online/);
  await owner.shows(/\[Owner\] +#lobby +online/);
});
