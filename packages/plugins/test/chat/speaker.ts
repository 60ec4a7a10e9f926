// Run as a process of its own: says one message after the other and prints each number once it is acknowledged.
import { createFakeHub } from "./fake-hub.ts";

const [, , folder = ""] = process.argv;
const hub = createFakeHub();
await hub.load(folder);
const peer = hub.peer("speaker", { key: "key" });
hub.call(peer, "online speaker");
for (let number = 1; number <= 1_000_000; number++) {
  const { seq } = hub.call(peer, `say message ${number}`).data as { seq: number };
  // A pipe that is full makes the write wait, so this never runs far ahead of its reader.
  process.stdout.write(`${seq}\n`);
  if (number % 50 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
}
