import type { CommandInfo } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import type { ChatActions } from "./chat-actions.ts";
import { getHere, putHere } from "./file-commands.ts";
import { foldRoomName } from "../text/room-name.ts";
import { runHubCommand } from "./hub-command.ts";

/** A command that the client itself knows. What it is for is in the catalogue of the language. */
interface LocalCommand {
  readonly name: keyof Words["local"];
  readonly usage: string;
  /** It is there only where the hub has a command of this name. */
  readonly needsHub?: true;
  perform(actions: ChatActions, argv: readonly string[], rest: string): Promise<void> | void;
}

/** The client's own commands; every other name runs on the hub. */
export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: "join",
    usage: "<room>",
    perform: (actions, [room]) =>
      room === undefined
        ? actions.notice(actions.words.usage("/join <room>"))
        : actions.join(foldRoomName(room)),
  },
  {
    name: "part",
    usage: "[room]",
    perform: (actions, [room]) => actions.part(room === undefined ? actions.room : foldRoomName(room)),
  },
  {
    name: "me",
    usage: "<text…>",
    perform(actions, _argv, rest) {
      if (rest === "") actions.notice(actions.words.usage("/me <text…>"));
      else actions.say(actions.room, "me", rest);
    },
  },
  {
    name: "nick",
    usage: "<name>",
    perform: (actions, argv, rest) => runHubCommand(actions, `/nick ${rest}`, "nick", argv),
  },
  {
    name: "rooms",
    usage: "",
    async perform(actions) {
      const rooms = await actions.connection.rooms(actions.signal);
      const lines = rooms.map(({ name, users, topic }) => `#${name}  ${users}${topic ? `  ${topic}` : ""}`);
      actions.notice(lines.join("\n") || actions.words.noRooms);
    },
  },
  {
    name: "who",
    usage: "[room]",
    async perform(actions, [word]) {
      const { words } = actions;
      const room = word === undefined ? actions.room : foldRoomName(word);
      const users = await actions.connection.who(room, actions.signal);
      const names = users.map((user) => (user.state === "away" ? `${user.nick} (${words.away})` : user.nick));
      actions.notice(`#${room}: ${names.join(", ") || words.nobody}`);
    },
  },
  {
    name: "put",
    usage: "<file…>",
    needsHub: true,
    perform: (actions, _argv, rest) => putHere(actions, rest),
  },
  {
    name: "get",
    usage: "<file> [folder or name]",
    needsHub: true,
    perform: (actions, _argv, rest) => getHere(actions, rest),
  },
  {
    name: "stop",
    usage: "",
    perform(actions) {
      if (!actions.stop()) actions.notice(actions.words.nothingRuns);
    },
  },
  {
    name: "resend",
    usage: "",
    perform(actions) {
      if (actions.resend() === 0) actions.notice(actions.words.nothingFailed);
    },
  },
  {
    name: "mouse",
    usage: "<on|off>",
    perform(actions, [word]) {
      if (word === "on" || word === "off") actions.setMouse?.(word === "on");
      else actions.notice(actions.words.usage("/mouse <on|off>"));
    },
  },
  {
    name: "help",
    usage: "[command]",
    async perform(actions, argv, rest) {
      const { words } = actions;
      const others = await actions.connection.commands(actions.signal);
      const own = localCommandsWith(others).map(({ name, usage }) => ({
        name,
        usage,
        summary: words.local[name],
      }));
      const [asked] = argv;
      if (asked !== undefined) {
        const found = own.find(({ name }) => name === asked.replace(/^\//, "").toLowerCase());
        if (found) actions.notice(listCommands([found]));
        else await runHubCommand(actions, `/help ${rest}`, "help", argv);
        return;
      }
      actions.notice(listCommands(own));
      const names = new Set<string>(own.map((command) => command.name));
      actions.notice(listCommands(others.filter((command) => !names.has(command.name))));
    },
  },
  { name: "quit", usage: "", perform: (actions) => actions.quit() },
];

/** The client's commands beside those of a hub. */
export function localCommandsWith(commands: readonly { readonly name: string }[]): readonly LocalCommand[] {
  return LOCAL_COMMANDS.filter(
    (own) => own.needsHub !== true || commands.some(({ name }) => name === own.name),
  );
}

function listCommands(commands: readonly CommandInfo[]): string {
  return commands
    .map(({ name, usage, summary }) => `/${name} ${usage}`.trimEnd() + `  ${summary}`)
    .join("\n");
}
