import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import weather from "./weather.ts";

test("tells what the file says, and follows its changes", async () => {
  await using hub = await createTestHub(weather, {
    files: { "weather.txt": "Oslo: -3 °C, snow\nno weather here\nNew York: 12 °C, sun\n" },
  });
  const ada = hub.as("ada");
  assert.deepEqual(await ada.send("/weather OSLO"), ["-3 °C, snow"]);
  assert.deepEqual(await ada.send("/weather new york"), ["12 °C, sun"]);
  assert.deepEqual(await ada.send("/weather rome"), ["I have no weather for rome."]);
  await hub.write("weather.txt", "Rome: 20 °C, wind\n");
  assert.deepEqual(await ada.send("/weather rome"), ["20 °C, wind"]);
});

test("waits for a file that is not there yet, and says so in the log", async () => {
  await using hub = await createTestHub(weather, { config: { file: "today/oslo.txt" } });
  assert.deepEqual(
    hub.log.map(({ level, message }) => `${level}: ${message}`),
    ["warn: cannot read the weather"],
  );
  await hub.write("today/oslo.txt", "Oslo: fog");
  assert.deepEqual(await hub.as("ada").send("/weather oslo"), ["fog"]);
});
