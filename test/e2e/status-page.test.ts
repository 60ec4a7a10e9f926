import { once } from "node:events";
import { createSocket } from "node:dgram";
import { expect, test } from "vitest";
import { openInBrowser } from "./browser.ts";
import { findFreePort } from "./free-port.ts";
import { startHub } from "./hub-process.ts";
import { until } from "./until.ts";

test("the status page in a real browser keeps up with the hub", { timeout: 120_000 }, async () => {
  const port = await findFreePort();
  const config = `metrics = "127.0.0.1:${port}"\n[plugins.dict]\necdict = false\ncedict = false\n`;
  await using hub = await startHub({ config });
  await using page = await openInBrowser(`http://127.0.0.1:${port}/`);
  const text = (name: string) =>
    page.evaluate<string>(`document.querySelector('[data-text="${name}"]')?.textContent ?? ""`);
  await until("the page lives", async () => {
    const state = await page.evaluate("document.querySelector('[data-state]')?.textContent");
    return state === "live";
  });
  expect(await text("users")).toBe("0");
  const plugins =
    "[...document.querySelectorAll('[data-plugins] tr')].map((row) => row.cells[0].textContent)";
  expect(await page.evaluate(plugins)).toEqual(expect.arrayContaining(["echo", "chat"]));

  const socket = createSocket("udp4");
  socket.send("online", hub.port("udp"), "127.0.0.1");
  await once(socket, "message");
  await until("somebody is online on the page", async () => (await text("users")) === "1");
  expect(await text("rooms")).toBe("1");
  expect(await text("messages")).toContain("1 received");
  expect(await text("loop")).toMatch(/ms, 99 % below .* ms/);
  const drawn = () => page.evaluate<string>("document.querySelector('polyline').getAttribute('points')");
  await until("a line is drawn", async () => (await drawn()).split(" ").length > 1);
  socket.close();
  expect(page.complaints).toEqual([]);

  // Somebody who could write into the page could still run nothing, and load nothing.
  await page.evaluate(`{
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    document.body.append(script, Object.assign(new Image(), { src: "http://127.0.0.1:9/x" }));
  }`);
  await until("both are refused", () => page.complaints.length >= 2, {
    detail: () => page.complaints.join("\n"),
  });
  expect(await page.evaluate("document.title")).toBe("palaverd");

  hub.process.signal("SIGTERM");
  await until("the page says so", async () => {
    const state = await page.evaluate("document.querySelector('[data-state]').textContent");
    return state === "no answer";
  });
});
