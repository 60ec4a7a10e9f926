import type { CommandInfo } from "@palaver/client";
import type { ChatActions } from "./chat-actions.ts";
import { runHubCommand } from "./hub-command.ts";

/** A command that the client itself knows. */
interface LocalCommand extends CommandInfo {
  perform(actions: ChatActions, argv: readonly string[], rest: string): Promise<void> | void;
}

const toRoom = (word: string) => word.replace(/^#/, "");

/** The client's own commands; every other name runs on the hub. */
export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: "join",
    usage: "<room>",
    summary: "Enter a room and show it",
    perform: (actions, [room]) =>
      room === undefined ? actions.notice("usage: /join <room>") : actions.join(toRoom(room)),
  },
  {
    name: "part",
    usage: "[room]",
    summary: "Leave a room",
    perform: (actions, [room]) => actions.part(room === undefined ? actions.room : toRoom(room)),
  },
  {
    name: "me",
    usage: "<text…>",
    summary: "Say what you do",
    perform(actions, _argv, rest) {
      if (rest === "") actions.notice("usage: /me <text…>");
      else actions.say(actions.room, "me", rest);
    },
  },
  {
    name: "nick",
    usage: "<name>",
    summary: "Change your nickname",
    perform: (actions, argv) => runHubCommand(actions, "nick", argv),
  },
  {
    name: "rooms",
    usage: "",
    summary: "List the hub's rooms",
    async perform(actions) {
      const rooms = await actions.connection.rooms(actions.signal);
      actions.notice(rooms.map((room) => `#${room.name}  ${room.users}`).join("\n") || "no rooms");
    },
  },
  {
    name: "who",
    usage: "[room]",
    summary: "List who is in a room",
    async perform(actions, [word]) {
      const room = word === undefined ? actions.room : toRoom(word);
      const users = await actions.connection.who(room, actions.signal);
      const names = users.map((user) => (user.state === "away" ? `${user.nick} (away)` : user.nick));
      actions.notice(`#${room}: ${names.join(", ") || "nobody"}`);
    },
  },
  {
    name: "help",
    usage: "",
    summary: "List the commands",
    async perform(actions) {
      actions.notice(listCommands(LOCAL_COMMANDS));
      const own = new Set(LOCAL_COMMANDS.map((command) => command.name));
      const others = await actions.connection.commands(actions.signal);
      actions.notice(listCommands(others.filter((command) => !own.has(command.name))));
    },
  },
  { name: "quit", usage: "", summary: "Leave palaver", perform: (actions) => actions.quit() },
];

function listCommands(commands: readonly CommandInfo[]): string {
  return commands
    .map(({ name, usage, summary }) => `/${name} ${usage}`.trimEnd() + `  ${summary}`)
    .join("\n");
}
