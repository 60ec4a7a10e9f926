import { type Program, startProgram } from "./program.ts";
import { findTool } from "./tools.ts";

/** A real `nc` that stays; what is written to it is sent. Over TCP the end of its input ends the sending. */
export function startNetcat(transport: "udp" | "tcp", port: number, host = "127.0.0.1"): Program {
  return startProgram(findTool("nc"), [transport === "udp" ? "-u" : "-N", host, String(port)]);
}
