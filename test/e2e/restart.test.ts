import { expect, test } from "vitest";
import { findFreePort } from "./free-port.ts";
import { startHub } from "./hub-process.ts";
import { startNetcat } from "./netcat.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openTcpPeer, openUdpPeer } from "./text-peer.ts";

test("a hub killed with -9 under load is back at once on the same ports, with all that was said", async () => {
  using folder = createTemporaryFolder();
  const [port, mountPort] = [await findFreePort(), await findFreePort()];
  const listen = [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`, `udp://127.0.0.1:${mountPort}=chat`];
  let heard = 0;
  for (let life = 1; life <= 3; life++) {
    await using hub = await startHub({ folder, listen });
    await using ada = await openTcpPeer(hub.port("tcp"));
    await using bob = await openUdpPeer(hub.port("udp", "chat"));
    expect(await bob.ask("online")).toMatch(/^You are online/);
    if (heard > 0) await remembers(hub.port("udp"), heard);
    await ada.ask("online\n");
    for (let index = 0; index < 100; index++) ada.send(`message ${++heard}\n`);
    // What one of them has heard is stored; the kill comes while the rest is on its way.
    await bob.sees(`: message ${heard - 50}\n`);
    hub.process.signal("SIGKILL");
    expect((await hub.process.exited).code).toBe(137);
    heard = Math.max(
      ...[...ada.received, ...bob.received].map((line) => Number(/: message (\d+)\n$/.exec(line)?.[1] ?? 0)),
    );
  }
  await using hub = await startHub({ folder, listen });
  await remembers(hub.port("udp"), heard);
  await using nc = startNetcat("tcp", hub.port("tcp"));
  nc.write("tr apple\n");
  await nc.prints("apple 苹果\n");
});

test("a hub that stopped when it was asked starts again on the same ports while clients are still connected", async () => {
  using folder = createTemporaryFolder();
  const port = await findFreePort();
  const listen = [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`];
  await using first = await startHub({ folder, listen });
  await using client = await openTcpPeer(first.port("tcp"));
  await client.ask("online\n");
  first.process.signal("SIGTERM");
  expect((await first.process.exited).code).toBe(0);
  await using second = await startHub({ folder, listen });
  await using again = await openTcpPeer(second.port("tcp"));
  expect(await again.ask("tr apple\n")).toBe("apple 苹果\n");
});

/** More may be stored than was heard, by as much as was on its way. */
async function remembers(port: number, heard: number): Promise<void> {
  await using reader = await openUdpPeer(port);
  await reader.ask("online");
  reader.send("/history 100");
  await reader.sees(`: message ${heard}\n`);
}
