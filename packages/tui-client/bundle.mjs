// Puts the client and all that it imports into a few files: to find and read 360 modules takes longer than everything else
// that it does before its first frame. Without a bundle, or with one older than the modules, these run as they are.
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { ROWS_OUTPUT, leanSource } from "./dist/terminal/lean-imports.js";

const path = (file) => fileURLToPath(new URL(file, import.meta.url));

/** What `lean-imports` does at run time where there is no bundle. */
const lean = {
  name: "lean-imports",
  async resolveId(name, importer = "") {
    const cached = path("dist/terminal/cached-string-width.js");
    if (name === "string-width" && importer !== cached) return cached;
    if (name === ROWS_OUTPUT) return path("dist/terminal/rows-output.js");
    if (name !== "es-toolkit/compat") return null;
    const throttle = await this.resolve("es-toolkit/compat/throttle", importer);
    return (
      throttle && fileURLToPath(new URL("../dist/compat/function/throttle.mjs", `file://${throttle.id}`))
    );
  },
  transform: (code, id) => leanSource(id, code),
};

const bundle = await rolldown({
  input: path("dist/main.js"),
  platform: "node",
  // Ink's tools for developers, which nobody has installed, and a library that is loaded with a large file, where it is there.
  external: ["react-devtools-core", "koffi"],
  transform: { define: { "process.env.NODE_ENV": '"production"' } },
  plugins: [lean],
});
await bundle.write({ dir: path("dist/bundle"), cleanDir: true, minify: { compress: true, mangle: false } });
await bundle.close();
