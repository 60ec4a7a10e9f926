/** A standard output that everything passes through `map` on its way to; whoever writes to it notices nothing. */
export function mapOutput(stdout: NodeJS.WriteStream, map: (text: string) => string): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get(target, name) {
      if (name === "write") {
        return (chunk: string | Uint8Array, ...rest: unknown[]) => {
          const text = map(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
          return Reflect.apply(target.write, target, [text, ...rest]) as boolean;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
