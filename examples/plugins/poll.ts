import { command, definePlugin, Refusal, type Caller } from "@palaver/plugin-api";
import * as z from "zod";

interface Poll {
  readonly question: string;
  readonly choices: readonly string[];
  /** The number of a choice, by nickname: a second vote replaces the first. */
  readonly votes: Map<string, number>;
}

const maxVotes = 10_000;

/** `/poll Lunch? | soup | salad`, then `/vote 2`. One poll at a time, as long as the hub runs. */
export default definePlugin({
  name: "poll",
  api: 1,
  needs: ["users"],
  setup({ users }) {
    let poll: Poll | undefined;

    const current = (): Poll => {
      if (!poll) throw new Refusal("There is no poll. Send: /poll Lunch? | soup | salad", "NOT_FOUND");
      return poll;
    };
    const describe = ({ question, choices, votes }: Poll) => {
      const counts = choices.map((_, index) => [...votes.values()].filter((vote) => vote === index).length);
      const lines = choices.map((choice, index) => `${index + 1} ${choice}: ${counts[index]}`);
      return { text: [question, ...lines].join("\n"), data: { question, choices, counts } };
    };
    const nameOf = ({ nick }: Caller): string => {
      if (nick === undefined) throw new Refusal("Only who is online votes. Send: online");
      return nick;
    };

    return {
      commands: {
        poll: command({
          summary: "Ask everybody, or see how it stands: poll Lunch? | soup | salad",
          args: { question: z.string().optional() },
          rate: { limit: 5, windowMs: 60_000 },
          run({ args, caller }) {
            if (args.question === undefined) return describe(current());
            const [question = "", ...choices] = args.question.split("|").map((part) => part.trim());
            if (question === "" || choices.length < 2 || choices.length > 9 || choices.includes(""))
              throw new Refusal(
                "Write a question and 2 to 9 choices: /poll Lunch? | soup | salad",
                "INVALID",
              );
            const asker = nameOf(caller);
            poll = { question, choices, votes: new Map() };
            const { text } = describe(poll);
            for (const user of users.online()) {
              if (user.id !== caller.id) users.send(user.id, `${asker} asks: ${text}\nSend: /vote NUMBER`);
            }
            return text;
          },
        }),
        vote: command({
          summary: "Vote in the poll: vote 2",
          args: { number: z.coerce.number().int().min(1).max(9) },
          run({ args, caller }) {
            const { choices, votes } = current();
            const choice = choices[args.number - 1];
            if (choice === undefined) throw new Refusal(`There are ${choices.length} choices.`, "INVALID");
            if (votes.size >= maxVotes) throw new Refusal("There are too many votes already.", "BUSY");
            votes.set(nameOf(caller), args.number - 1);
            return `You voted for ${choice}.`;
          },
        }),
      },
    };
  },
});
