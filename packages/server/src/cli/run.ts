import { completionScript } from "@palaver/command-help";
import { ConfigError } from "../config/config-error.ts";
import { BindError } from "../transport/transport.ts";
import { parseArguments } from "./arguments.ts";
import { startInBackground } from "./background.ts";
import { backUp, restore } from "./backup.ts";
import { check } from "./check.ts";
import { buildDictionary } from "./dict-build.ts";
import { runDoctor } from "./doctor.ts";
import { exitCodes, Failure } from "./exit.ts";
import { exportRoom } from "./export.ts";
import { runHub } from "./foreground.ts";
import { writeNewPlugin } from "./plugin/new.ts";
import { testPlugins } from "./plugin/test.ts";
import { reloadHub, showStatus, stopHub } from "./running-hub.ts";
import { changeRole, listUsers } from "./users.ts";
import type { World } from "./world.ts";

/** Runs the command and gives back its exit code; whatever goes wrong is one line on standard error. */
export async function runPalaverd(args: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(args, world);
  } catch (error) {
    if (error instanceof Failure) return refuse(error.message, error.exitCode, world);
    if (error instanceof ConfigError) return refuse(error.message, exitCodes.configuration, world);
    if (error instanceof BindError) return refuse(error.message, exitCodes.bind, world);
    world.printError(
      `palaverd: a fault of its own: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return exitCodes.fault;
  }
}

function refuse(line: string, exitCode: number, world: World): number {
  world.printError(`${line}\n`);
  return exitCode;
}

async function dispatch(args: readonly string[], world: World): Promise<number> {
  const invocation = parseArguments(args, world.version);
  if (invocation.command === "print") {
    world.printOutput(invocation.text);
    return exitCodes.done;
  }
  if (invocation.command === "completions") {
    world.printOutput(completionScript(invocation.program, invocation.shell));
    return exitCodes.done;
  }
  if (invocation.command === "plugin new" || invocation.command === "plugin test") {
    world.signals.restore();
    if (invocation.command === "plugin test") return testPlugins(invocation.paths, world);
    return writeNewPlugin(invocation.name, invocation.directory, world);
  }
  const { command, options } = invocation;
  if (command === "run") return runHub(options, world);
  if (command === "start") return startInBackground(options, world);
  if (command === "dict build") return buildDictionary(options, world);
  if (invocation.command === "backup") return backUp(options, invocation.file, world);
  if (invocation.command === "restore") return restore(options, invocation, world);
  // The rest has nothing to wind up.
  world.signals.restore();
  if (command === "check") return check(options, world);
  if (command === "stop") return stopHub(options, world);
  if (invocation.command === "reload") return reloadHub(options, invocation.plugin, world);
  if (invocation.command === "doctor") return runDoctor(options, invocation.json, world);
  if (invocation.command === "grant") return changeRole(options, invocation, world);
  if (invocation.command === "export") return exportRoom(options, invocation.room, world);
  if (invocation.command === "users") return listUsers(options, invocation.json, world);
  return showStatus(options, invocation.command === "status" && invocation.json, world);
}
