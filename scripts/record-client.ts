// Makes the picture and the recording of the terminal client in docs/ from a real run: a real hub, three people, the
// client in tmux. Usage: node scripts/record-client.ts
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startHub } from "../test/e2e/hub-process.ts";
import { startTerminal, type Terminal } from "../test/e2e/terminal.ts";
import { openUdpPeer } from "../test/e2e/text-peer.ts";
import { ansiToSvg } from "./ansi-to-svg.ts";

const docs = join(import.meta.dirname, "../docs");
const columns = 100;
const rows = 26;

const hub = await startHub({ withDictionaries: true, config: "" });
const address = `127.0.0.1:${hub.port("udp")}`;
using ada = await startTerminal({ columns, rows });
using ming = await startTerminal({ columns, rows });
const guest = await openUdpPeer(hub.port("udp"));

/** As people type. */
async function type(terminal: Terminal, text: string, key = "Enter"): Promise<void> {
  for (const letter of text) {
    terminal.type(letter);
    await pause(45);
  }
  await pause(250);
  terminal.press(key);
  await pause(900);
}

ming.startChat(address, "--nick", "小明", "--lang", "zh");
await ming.shows(/\[小明\]/);
await guest.ask("online eve");
await type(ming, "大家早上好！");
const file = join(ada.home, "client.cast");
ada.startChat(address, "--nick", "Ada", "--record", file);
await ada.shows(/\[Ada\] +#lobby +online/);
await pause(800);
await type(ada, "good morning, 小明");
guest.send("hello from nc -u");
await ada.shows("hello from nc");
await pause(700);
await type(ming, "谁想喝茶？");
await ada.shows("谁想喝茶");
await type(ada, "", "M-t");
await ada.shows(/→|n\.|v/);
await pause(1500);
await type(ada, "", "Escape");
await type(ada, "", "M-s");
await type(ada, "", "r");
await type(ada, "me! 👋 serendipity: https://example.com/tea");
await ming.shows("serendipity");
ming.press("M-s");
await ming.shows("r 回复");
ming.press("+");
await pause(500);
ming.press("4");
await ada.shows("🎉");
await pause(700);
await type(ada, "/tr serendipity");
await ada.shows(/serendipity \[/);
await type(ada, "/run uptime");
await ada.shows("load average");
await pause(700);
await type(ming, "@Ada 三点见");
await ada.shows("三点见");
await pause(1000);
ada.type("see you at th");
await pause(600);
writeFileSync(join(docs, "terminal-client.svg"), ansiToSvg(ada.painted, columns, ada.cursor));
ada.press("C-u");
await type(ada, "", "M-h");
await pause(1500);
await type(ada, "", "PageDown");
await pause(1000);
await type(ada, "", "Escape");
await type(ada, "", "M-g");
await type(ada, "top", "Escape");
await type(ada, "/quit");
await ada.chatEnded();
await guest[Symbol.asyncDispose]();
await hub[Symbol.asyncDispose]();
copyFileSync(file, join(docs, "terminal-client.cast"));
process.stdout.write(`${join(docs, "terminal-client.svg")} and .cast are made\n`);
