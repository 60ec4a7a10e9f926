import type { RoomMessage } from "../capabilities.ts";
import type { Caller } from "../caller.ts";
import type { TestCall } from "./call.ts";
import type { People, Person } from "./people.ts";

/** Somebody who uses the plugin. */
export interface TestUser {
  /** As the plugin sees them now. */
  readonly caller: Caller;
  /** What came to them beside the replies to their calls, as a text peer reads it. */
  readonly inbox: readonly string[];
  /** What was said in their rooms. */
  readonly messages: readonly RoomMessage[];
  /** Sends a line, `/roll 2 6`; the slash may be left out. */
  send(line: string): TestCall;
  /** Calls a command with its words as they are, as programs do. */
  run(command: string, ...argv: readonly string[]): TestCall;
  /** Sends a message to a port that is mounted on the plugin. */
  sendToMount(text: string): TestCall;
  join(room: string): void;
  part(room: string): void;
  /** Says something in a room; everybody in it gets it, and the plugin's `room:message`. */
  say(room: string, text: string): void;
  /** Goes offline, and waits for no answer any more. */
  leave(reason?: string): void;
}

export interface UserHost {
  readonly people: People;
  call(
    person: Person,
    name: string,
    words: { readonly line: string } | { readonly argv: readonly string[] },
  ): TestCall;
  mount(person: Person, text: string): TestCall;
  send(person: Person, line: string): TestCall;
  nextMessage(room: string): { readonly seq: number; readonly at: number };
}

export function createTestUser(person: Person, host: UserHost): TestUser {
  const { users, rooms } = host.people;
  const calls = new Set<TestCall>();
  const held = (call: TestCall) => {
    for (const other of calls) if (other.isOver) calls.delete(other);
    calls.add(call);
    return call;
  };
  return {
    get caller() {
      return person.caller;
    },
    inbox: person.inbox,
    messages: person.messages,
    send: (line) => held(host.send(person, line)),
    run: (command, ...argv) => held(host.call(person, command.toLowerCase(), { argv })),
    sendToMount: (text) => held(host.mount(person, text)),
    join: (room) => void rooms.join(room, person.caller.id),
    part: (room) => void rooms.part(room, person.caller.id),
    say(room, text) {
      const from = person.caller.nick;
      if (from === undefined || !person.rooms.has(room))
        throw new Error(`${from ?? "a stranger"} is not in ${room}`);
      rooms.publish({ room, from, text, kind: "say", ...host.nextMessage(room) });
    },
    leave(reason = "left") {
      for (const call of calls) call.cancel();
      users.leave(person.caller.id, reason);
    },
  };
}
