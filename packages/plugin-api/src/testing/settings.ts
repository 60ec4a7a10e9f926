import type { Plugin } from "../plugin.ts";

/** Checks that it is a plugin, as the hub does before it loads one. @throws {TypeError} */
export function checkPlugin({ name, api, setup }: Partial<Plugin>): void {
  if (typeof name !== "string" || typeof setup !== "function") {
    throw new TypeError("this is no plugin; write definePlugin({ … })");
  }
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new TypeError(`"${name}" is no name for a plugin; write small letters, digits and -`);
  }
  if ((api as unknown) !== 1) {
    throw new TypeError(`${name} is written for plugin interface ${String(api)}, this one is 1`);
  }
}

/** Checks the settings with the plugin's own schema. @throws {TypeError} naming plugin and key. */
export async function parseSettings({ name, config: schema }: Plugin, settings: unknown): Promise<unknown> {
  if (!schema) {
    const [key] = Object.keys(settings ?? {});
    if (key !== undefined) throw new TypeError(`${name} has no settings; remove ${key}`);
    return undefined;
  }
  const result = await schema["~standard"].validate(settings ?? {});
  if (!result.issues) return result.value;
  const said = result.issues.map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
    return [...keys, message].join(": ");
  });
  throw new TypeError(`the settings of ${name} are refused: ${said.join("; ")}`);
}
