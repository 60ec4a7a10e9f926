// What a package brings beside its build, made when it is packed, in the package's folder: the manual page of its
// command; the hub's has the example of a configuration and the unit too.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const { bin } = JSON.parse(readFileSync("package.json", "utf8"));
const [command] = Object.keys(bin);
const main = { palaverd: "dist/main.js", palaver: "dist/bundle/main.js" }[command];
// A package without it would be packed all the same.
if (!existsSync(main)) throw new Error(`${main} is missing; build first: npx -y pnpm@12 build`);
execFileSync(process.execPath, [path("man-pages.mjs"), "dist/man", command], { stdio: "inherit" });
if (command === "palaverd")
  for (const file of ["palaver.example.toml", "deploy/palaver.service", "deploy/no-exec.conf"])
    copyFileSync(path(`../${file}`), join("dist", basename(file)));
