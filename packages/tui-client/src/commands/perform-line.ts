import { splitMessage } from "../composer/split-message.ts";
import type { ChatActions } from "./chat-actions.ts";
import { runHubCommand } from "./hub-command.ts";
import { LOCAL_COMMANDS } from "./local-commands.ts";
import { parseLine } from "./parse-line.ts";
import { reasonOf } from "../text/reason.ts";

/** Does what a line of the user says. Never throws: what goes wrong is shown in the chat. */
export async function performLine(actions: ChatActions, text: string): Promise<void> {
  const line = parseLine(text);
  if (line.type === "say") {
    for (const message of splitMessage(line.text)) actions.say(actions.room, "say", message);
    return;
  }
  const local = LOCAL_COMMANDS.find((command) => command.name === line.name);
  try {
    if (local === undefined) await runHubCommand(actions, text.trim(), line.name, line.argv);
    else await local.perform(actions, line.argv, line.rest);
  } catch (error) {
    if (actions.signal.aborted) return;
    actions.notice(`/${line.name}: ${reasonOf(error, actions.words)}`);
  }
}
