import { lstat } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { socketPath } from "./place.ts";
import { maxReplyBytes, type ControlReply, type ControlRequest } from "./protocol.ts";

/** Asks the hub of a data directory. Undefined when none answers. */
export async function tryAskHub(
  dataDir: string,
  request: ControlRequest,
  timeoutMs: number,
): Promise<ControlReply | undefined> {
  const path = socketPath(dataDir);
  if (!(await isOurs(path))) return undefined;
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(path, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > maxReplyBytes) socket.destroy();
      if (!text.includes("\n")) return;
      resolve(tryParse(text));
      socket.destroy();
    });
    // Whatever ends the connection before a whole line: there is no answer.
    socket.on("error", () => {});
    socket.on("close", () => resolve(undefined));
    AbortSignal.timeout(timeoutMs).addEventListener("abort", () => socket.destroy());
  });
}

/** True when somebody accepts connections there; it need not answer. */
export async function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
  });
}

/** In a temporary directory anybody may put a socket under the name that we expect. */
async function isOurs(path: string): Promise<boolean> {
  if (process.platform === "win32") return true;
  const uid = await lstat(path).then(
    (found) => found.uid,
    () => undefined,
  );
  const own = userInfo().uid;
  // Root may ask everybody's hub.
  return uid !== undefined && (uid === own || own === 0);
}

function tryParse(text: string): ControlReply | undefined {
  try {
    return JSON.parse(text) as ControlReply;
  } catch {
    return undefined;
  }
}
