import { connect } from "@palaver/client";

// A bot that says again what people say in its room: node packages/client/examples/bot.ts HOST PORT ROOM
const [host = "127.0.0.1", port = "6666", room = "lobby"] = process.argv.slice(2);
const hub = connect({ host, port: Number(port), nick: "parrot", client: "parrot/1" });

hub.on("message", ({ kind, from, text }) => {
  if (kind !== "say" || from === hub.nick) return;
  hub.say(room, `${from} said: ${text}`).catch((error: Error) => console.error(error.message));
});
await hub.join(room);
console.log(`${hub.nick} listens in #${room}`);
