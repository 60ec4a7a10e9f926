import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { joined, type SessionClient } from "../../packages/server/test/sessions/session-client.ts";
import { startHub } from "../e2e/hub-process.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";
import { until } from "../e2e/until.ts";
import { requestAndVanish } from "../last-request.ts";

/** What a request is answered; its ACKs of what came before are with the hub by then. */
async function ask(client: SessionClient, command: string, argv: readonly string[] = [], id?: Uint8Array) {
  const replies = await client.replies(client.request(command, argv, id));
  return replies.flatMap((reply) => ("text" in reply ? [reply.text] : [])).join("\n");
}

const noticesOf = ({ heard }: SessionClient) =>
  heard.flatMap(({ message }) =>
    message.type === "notice" && message.text.includes("private message") ? [message.text] : [],
  );

test(
  "a private message to a client that is killed, while the hub is killed too, is read; one that came is not read twice",
  { timeout: 60_000 },
  async () => {
    using folder = createTemporaryFolder();
    const [adaKey, bobKey] = [randomBytes(32), randomBytes(32)];
    let hub = await startHub({ folder, listen: ["udp://127.0.0.1:0"] });
    const port = hub.port("udp");
    const ada = (await joined(port, "ada", adaKey)).client;
    const first = (await joined(port, "bob", bobKey)).client;
    expect(await ask(ada, "msg", ["bob", "came"])).toBe("To bob: came");
    expect(await first.next("notice")).toMatchObject({ text: "ada (to you alone): came" });
    expect(await ask(first, "inbox")).toBe("No private messages are waiting.");
    first.vanish();

    // The hub does not know yet.
    expect(await ask(ada, "msg", ["bob", "never came"])).toBe("To bob: never came");
    const second = (await joined(port, "bob", bobKey)).client;
    expect(noticesOf(second)).toEqual([
      "* You have a private message from while you were away. Send: /inbox",
    ]);
    expect(await ask(second, "inbox")).toMatch(/^\S+ \S+ ada \(to you alone\): never came$/);
    await ask(second, "ping");
    second.vanish();

    const id = randomBytes(16);
    expect(await ask(ada, "msg", ["bob", "neither did this"], id)).toBe("To bob: neither did this");
    hub.process.signal("SIGKILL");
    await hub.process.exited;
    ada.vanish();
    hub = await startHub({ folder, listen: [`udp://127.0.0.1:${port}`] });
    await using _last = hub;
    await using third = (await joined(port, "bob", bobKey)).client;
    await using again = (await joined(port, "ada", adaKey)).client;
    // The same request, whose answer a client may have missed.
    expect(await ask(again, "msg", ["bob", "neither did this"], id)).toBe("To bob: neither did this");
    expect(noticesOf(third)).toHaveLength(1);
    expect(await ask(third, "inbox")).toMatch(/^\S+ \S+ ada \(to you alone\): neither did this$/);
    expect(
      third.heard.filter(({ message }) => "text" in message && message.text.includes("neither")),
    ).toHaveLength(1);
  },
);

test(
  "what the inbox gave to a client that was killed before it had it, and the hub too, the next one gets, once",
  { timeout: 60_000 },
  async () => {
    using folder = createTemporaryFolder();
    const bobKey = randomBytes(32);
    let hub = await startHub({ folder, listen: ["udp://127.0.0.1:0"] });
    const port = hub.port("udp");
    {
      await using bob = (await joined(port, "bob", bobKey)).client;
      await ask(bob, "offline");
      await using ada = (await joined(port, "ada")).client;
      expect(await ask(ada, "msg", ["bob", "hi"])).toBe("To bob (offline, reads it later): hi");
    }
    using history = new DatabaseSync(join(hub.data, "plugins/chat/history.db"), { readOnly: true });
    const readers = history.prepare("SELECT client FROM given_letters");

    const killed: unknown[] = [];
    const readAndVanish = async () => {
      const { client } = await joined(port, "bob", bobKey);
      expect(noticesOf(client)).toHaveLength(1);
      await requestAndVanish(client, port, "inbox");
      const isNew = (reader: unknown) => typeof reader === "string" && !killed.includes(reader);
      killed.push(
        await until("it was given out", () =>
          readers
            .all()
            .map((row) => row["client"])
            .find(isNew),
        ),
      );
    };
    await readAndVanish();
    await readAndVanish();
    hub.process.signal("SIGKILL");
    await hub.process.exited;
    hub = await startHub({ folder, listen: [`udp://127.0.0.1:${port}`] });
    await using _last = hub;
    await readAndVanish();

    await using reader = (await joined(port, "bob", bobKey)).client;
    expect(noticesOf(reader)).toHaveLength(1);
    expect(await ask(reader, "inbox")).toMatch(/^\S+ \S+ ada \(to you alone\): hi$/);
    // As a script does: at once, before an acknowledgement is due.
    reader.close();
    await until("it is forgotten", () => readers.all().length === 0);
    await using after = (await joined(port, "bob", bobKey)).client;
    expect(noticesOf(after)).toEqual([]);
    expect(await ask(after, "inbox")).toBe("No private messages are waiting.");
  },
);
