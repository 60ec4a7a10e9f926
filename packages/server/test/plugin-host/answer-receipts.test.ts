import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { until } from "../../../../test/e2e/until.ts";
import { startHub, udpClient } from "../hub-harness.ts";
import { connectSession } from "../sessions/session-client.ts";

const listen = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "udp://127.0.0.1:0=receipts"];

test.each(["none", "worker"] as const)(
  "with isolate = %s a session's answers give their receipts back, and plain text none",
  { timeout: 60_000 },
  async (isolate) => {
    await using harness = await startHub({
      listen,
      plugins: { receipts: { from: "./receipts.ts", isolate, settings: {} } },
    });
    using udp = await udpClient(harness.port());
    using mounted = await udpClient(harness.port(2));
    expect(await udp.ask("get from-udp")).toBe("here\n");
    expect(await mounted.ask("from-a-mount")).toBe("here\n");
    const tcp = connect(harness.port(1), "127.0.0.1");
    tcp.write("get from-tcp\n");
    expect(String((await once(tcp, "data"))[0])).toBe("here\n");
    tcp.destroy();

    await using client = await connectSession(harness.port());
    await client.replies(client.request("get", ["one"]));
    const pieces = await client.replies(client.request("stream", ["two"]));
    expect(pieces).toMatchObject([{ text: "here" }, { text: "all" }, { type: "end" }]);
    const own = ["one", "two"].map((receipt) => `${client.key} ${receipt}`).join();
    await until("both came back, and nothing else", async () => {
      const [answer] = await client.replies(client.request("received"));
      return answer?.type === "text" && answer.text === own;
    });

    for (const rubbish of ["", "x".repeat(101)]) {
      expect(await client.replies(client.request("get", [rubbish]))).toMatchObject([{ code: "PLUGIN" }]);
      expect(harness.log.join("\n")).toContain("a receipt is a text of 1 to 100 characters");
      harness.log.length = 0;
    }
  },
);
