import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** Bytes, right after V8 has collected all it can. */
export interface LiveMemory {
  readonly heapUsed: number;
  /** Of buffers, outside V8's heap. */
  readonly arrayBuffers: number;
}

/**
 * Lets a Node process collect its garbage, and reads what is alive, by the inspector that SIGUSR1 opens. It was started
 * with `--inspect-port=0`.
 * @param logFile has its standard error, where the inspector says its address.
 */
export async function readLiveMemory(pid: number, logFile: string): Promise<LiveMemory> {
  process.kill(pid, "SIGUSR1");
  let address: string | undefined;
  while (address === undefined) {
    await wait(50);
    [, address] = /Debugger listening on (ws:\S+)/.exec(readFileSync(logFile, "utf8")) ?? [];
  }
  const socket = new WebSocket(address);
  await once(socket, "open");
  let id = 0;
  const call = async (method: string, params: object = {}) => {
    socket.send(JSON.stringify({ id: ++id, method, params }));
    for (;;) {
      const [{ data }] = (await once(socket, "message")) as [{ data: string }];
      const answer = JSON.parse(data) as { id?: number; result?: { result?: { value?: string } } };
      if (answer.id === id) return answer.result?.result?.value;
    }
  };
  // What is weakly held goes with the second.
  await call("HeapProfiler.collectGarbage");
  await call("HeapProfiler.collectGarbage");
  const value = await call("Runtime.evaluate", { expression: "JSON.stringify(process.memoryUsage())" });
  socket.close();
  return JSON.parse(value ?? "{}") as LiveMemory;
}
