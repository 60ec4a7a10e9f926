import { createConnection, type Socket } from "node:net";
import { hostname } from "node:os";
import { describe, expect, it, test } from "vitest";
import { until } from "../../../../test/e2e/until.ts";
import { eventually, udpClient } from "../hub-harness.ts";
import { startMonitor, startWatchedHub } from "./monitor-harness.ts";

describe("a hub that is watched", () => {
  it("counts for Prometheus what it does", async () => {
    await using watched = await startWatchedHub();
    using client = await udpClient(watched.harness.port());
    for (const word of ["one", "two", "three"]) expect(await client.ask(`echo ${word}`)).toBe(`${word}\n`);
    const metrics = async () => (await watched.get("/metrics")).body;
    await eventually(metrics).toMatch(/^palaver_datagrams_received_total 3$/m);
    const text = await metrics();
    expect(text).toMatch(/^palaver_plugin_calls_total\{plugin="echo"\} 3$/m);
    expect(text).toMatch(/^palaver_plugin_call_duration_seconds\{plugin="echo",quantile="0.99"\} 0\.\d+$/m);
    expect(text).toMatch(/^palaver_text_peers 1$/m);
    expect(text).toMatch(/^palaver_build_info\{version="1.2.3"\} 1$/m);
    expect(text).toMatch(/^palaver_data_free_bytes \d+$/m);
    expect(text).toMatch(/^# TYPE palaver_datagrams_received_total counter$/m);
    // Without a session there is no round trip to tell of, and 0 would be a lie.
    expect(text).not.toMatch(/^palaver_session_rtt_seconds/m);
  });

  it("forgets the figures of a plugin that is gone", async () => {
    const plugins = { echo: {}, chat: {} };
    await using watched = await startWatchedHub({ plugins });
    const plugin = async () => (await watched.get("/metrics")).body;
    expect(await plugin()).toContain('palaver_plugin_up{plugin="chat"} 1');
    await watched.harness.hub.reload(watched.harness.with({ plugins: { echo: {} } }));
    await eventually(plugin).not.toContain('plugin="chat"');
  });

  it("shows a page, with what plugins are called written as text", async () => {
    await using watched = await startWatchedHub();
    const { status, headers, body } = await watched.get("/");
    expect(status).toBe(200);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(body).toContain('<td data-text="users">0');
    expect(body).toContain("<td>echo<td>on<td>0");
    expect(body).not.toMatch(/<script>|style=|onload=/);
    for (const asset of ["/status.js", "/status.css"]) expect((await watched.get(asset)).status).toBe(200);
  });

  it("refuses names that are not its own, other methods and other paths", async () => {
    await using watched = await startWatchedHub();
    const statusFor = async (host: string) => (await watched.get("/metrics", { headers: { host } })).status;
    for (const own of ["localhost", "LOCALHOST:9666", "127.0.0.1", "10.1.2.3:9666", "[::1]:9666", hostname()])
      expect([own, await statusFor(own)]).toEqual([own, 200]);
    for (const foreign of ["evil.example", "evil.example:9666", "127.0.0.1.evil.example", "[evil]", "a:b:c"])
      expect([foreign, await statusFor(foreign)]).toEqual([foreign, 421]);
    expect((await watched.get("/metrics", { method: "POST" })).status).toBe(405);
    expect((await watched.get("/../../etc/passwd")).status).toBe(404);
    expect(await watched.get("/metrics?x=1", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it("sends events to 16 pages and no more, and makes place when one goes", async () => {
    await using watched = await startWatchedHub();
    const { port } = new URL(watched.monitor.url);
    const pages = Array.from({ length: 17 }, () => listen(Number(port)));
    await until("16 pages have figures, one is refused", () => {
      const heads = pages.map(({ text }) => /^HTTP\/1\.1 (\d+)/.exec(text())?.[1]);
      return heads.filter((head) => head === "200").length === 16 && heads.includes("503");
    });
    const open = pages.filter(({ text }) => text().includes(" 200 "));
    await until("events", () => open.every(({ text }) => text().includes('data: {"texts":{"users":"0"')));
    open[0]?.close();
    await eventually(async () => {
      const next = listen(Number(port));
      await until("an answer", () => next.text() !== "");
      return next.text();
    }).toMatch(/^HTTP\/1\.1 200/);
    for (const page of pages) page.close();
  });
});

test("health, before the hub is ready and while it stops", async () => {
  const { monitor, stop, get } = await startMonitor();
  await using _ = monitor;
  expect(await get("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
  expect(await get("/readyz")).toMatchObject({ status: 503, body: "starting\n" });
  for (const path of ["/", "/metrics"]) expect((await get(path)).status).toBe(503);
  stop.abort();
  expect(await get("/readyz")).toMatchObject({ status: 503, body: "stopping\n" });
});

test(
  "who opens connections and says little is put out, and keeps nobody else out",
  { timeout: 60_000 },
  async () => {
    await using watched = await startWatchedHub();
    const port = Number(new URL(watched.monitor.url).port);
    const slow = ["", "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", "GET / HTTP/1.1\r\n"].flatMap(
      (begin) => Array.from({ length: 30 }, () => listen(port, begin)),
    );
    await until("all are ended", () => slow.every(({ isClosed }) => isClosed()), { timeoutMs: 40_000 });
    expect((await watched.get("/readyz")).status).toBe(200);
  },
);

test("who only connects, listens, or asks without end leaves room for others at once", async () => {
  await using watched = await startWatchedHub();
  const port = Number(new URL(watched.monitor.url).port);
  const pages = Array.from({ length: 16 }, () => listen(port));
  await until("16 pages listen", () => pages.every(({ text }) => text().includes(" 200 ")));
  const asking = Array.from({ length: 8 }, () =>
    listen(port, askForHealth, (socket) => void socket.write(askForHealth)),
  );
  await until("each is answered once", () => asking.every(({ isClosed }) => isClosed()));
  for (const { text } of asking) expect(text().match(/^HTTP\/1\.1 200/gm)).toHaveLength(1);
  const silent = Array.from({ length: 100 }, () => listen(port, ""));
  await until("all have come", () => silent.every(({ hasCome }) => hasCome()));
  for (const path of ["/healthz", "/metrics"]) expect((await watched.get(path)).status).toBe(200);
  expect(pages.every(({ isClosed }) => !isClosed())).toBe(true);
  for (const one of [...pages, ...silent]) one.close();
});

const askForHealth = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/** A connection that asks for events, or says something else. */
function listen(
  port: number,
  request = "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  onAnswer: (socket: Socket) => void = () => {},
) {
  let text = "";
  let hasCome = false;
  let isClosed = false;
  const socket = createConnection(port, "127.0.0.1", () => {
    hasCome = true;
    socket.write(request);
  });
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    onAnswer(socket);
  });
  socket.on("error", () => {});
  socket.on("close", () => (isClosed = true));
  return {
    text: () => text,
    hasCome: () => hasCome,
    isClosed: () => isClosed,
    close: () => void socket.destroy(),
  };
}
