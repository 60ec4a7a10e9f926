import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { joined, type SessionClient } from "../../packages/server/test/sessions/session-client.ts";
import { startHub } from "../e2e/hub-process.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";

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
