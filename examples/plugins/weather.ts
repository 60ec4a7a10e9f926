import { readFileSync } from "node:fs";
import { command, definePlugin, Refusal } from "@palaver/plugin-api";
import * as z from "zod";

/** `/weather oslo` from a file of lines like `oslo: -3 °C, snow`, which some other program keeps up to date. */
export default definePlugin({
  name: "weather",
  api: 1,
  needs: ["files"],
  config: z.strictObject({ file: z.string().default("weather.txt") }),
  setup({ config, files, log }) {
    let places = new Map<string, string>();
    const read = () => {
      try {
        const lines = readFileSync(files.resolve(config.file), "utf8").split("\n");
        const entries = lines.flatMap((line) => {
          const [, place, weather] = /^([^:]+):\s*(.+)$/.exec(line) ?? [];
          return place && weather ? [[place.trim().toLowerCase(), weather.trim()] as const] : [];
        });
        places = new Map(entries);
        log.info("read the weather", { places: places.size });
      } catch (error) {
        // The last weather is better than none, and the file may be there in a moment.
        log.warn("cannot read the weather", { error: String(error) });
      }
    };
    read();
    files.watch(config.file, read);

    return {
      commands: {
        weather: command({
          summary: "The weather somewhere: weather oslo",
          args: { place: z.string().transform((place) => place.toLowerCase()) },
          run({ args: { place } }) {
            const weather = places.get(place);
            if (weather === undefined) throw new Refusal(`I have no weather for ${place}.`, "NOT_FOUND");
            return { text: weather, data: { place, weather } };
          },
        }),
      },
    };
  },
});
