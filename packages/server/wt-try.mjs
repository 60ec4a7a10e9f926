import { Worker, isMainThread, workerData, parentPort } from "node:worker_threads";
if (isMainThread) {
  const ws = [0, 1].map((i) => new Worker(new URL(import.meta.url), { workerData: { i } }));
  for (const w of ws) {
    w.on("message", (m) => console.log(m));
    w.on("error", (e) => console.log("ERR", e));
    w.on("exit", (c) => console.log("exit", c));
  }
} else {
  const { loadNativeAead } = await import("@palaver/protocol");
  const { tryLoadLibc } = await import("./dist/transport/libc.js");
  const a = await loadNativeAead();
  const libc = await tryLoadLibc();
  const { DatabaseSync } = await import("node:sqlite");
  const d = new DatabaseSync("/tmp/wt/x.db", { timeout: 5000 });
  d.exec("pragma journal_mode=wal; create table if not exists t(a)");
  d.close();
  const { startProgram } = await import("./dist/programs/start.js");
  const t = performance.now();
  const p = startProgram({ argv: ["/usr/bin/true"], env: {}, descriptors: ["null", "null", "null"] });
  parentPort.postMessage({ i: workerData.i, a, libc: !!libc, end: await p.ended, ms: performance.now() - t });
}
