import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { ProcessLimits, ProcessSandbox } from "@palaver/plugin-api";
import { limitCommands, shell } from "./processes-limits.ts";

/** Of each private folder: a program must not fill the machine's memory with files. */
const PRIVATE_BYTES = 64 * 1024 * 1024;

/** Of a hidden place: room for the mount points in it. */
const HIDDEN_BYTES = 1024 * 1024;

/** Where people keep keys, and services the sockets by which they are told to do things. */
const hiddenPlaces = ["/home", "/root", "/run"];
const privatePlaces = ["/tmp", "/var/tmp"];

/** Name servers of systemd-resolved, to which /etc/resolv.conf leads; hidden in /run otherwise. */
const resolverPlace = "/run/systemd/resolve";

/** A user namespace, too, and none below it: the kernel counts the processes in it for this call alone. */
const namespaces = [
  "--unshare-user",
  "--disable-userns",
  "--unshare-pid",
  "--unshare-ipc",
  "--unshare-uts",
  "--unshare-cgroup-try",
  "--die-with-parent",
  "--as-pid-1",
];
const systemPlaces = ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"];
const noCapability = ["--cap-drop", "ALL"];

/**
 * The first process of a namespace waits for the orphans in it, and signals without a handler do not reach it: that is
 * no place for the program itself, and bubblewrap's own, which ends after bubblewrap, leaves a zombie. The shell does not
 * read what it runs: the program and its arguments are its parameters. The parentheses and /dev/null keep it from saying
 * how the program ended; what it or bubblewrap adds to the environment is taken away.
 * @param awaited see `limitArguments`
 */
export function firstProcess(limits: ProcessLimits | undefined, awaited: string): readonly string[] {
  const limit = limits ? `${limitCommands(limits)} && ` : "";
  const script = `exec 3>&2 2>/dev/null; unset PWD OLDPWD SHLVL; ${awaited}(exec 2>&3 3>&-; ${limit}exec "$@"); exit $?`;
  return [shell, "-c", script, "sh"];
}

/**
 * What bubblewrap is told for one call; the first process of the sandbox follows.
 * @param ownPlaces the hub's own data, hidden whatever else is made visible
 * @param infoDescriptor where bubblewrap writes the namespace's first process
 */
export function sandboxArguments(
  { network, readable, writable }: ProcessSandbox,
  cwd: string,
  ownPlaces: readonly string[],
  infoDescriptor?: number,
): readonly string[] {
  const hidden = realPaths(hiddenPlaces);
  const covered = [...hidden, ...realPaths(privatePlaces)];
  const shown = mountPoints([...readable, ...(network ? [resolverPlace] : [])]).filter((path) =>
    covered.some((place) => isBelow(path, place)),
  );
  const bound = mountPoints(writable);
  // What is covered and not shown again needs no cover of its own, which would tell its name.
  const own = realPaths(ownPlaces).filter((path) => {
    const isCovered = covered.some((place) => isBelow(path, place));
    return !isCovered || [...shown, ...bound].some((place) => isBelow(path, place));
  });
  return [
    ...namespaces,
    ...noCapability,
    ...(network ? [] : ["--unshare-net"]),
    ...(infoDescriptor === undefined ? [] : ["--info-fd", String(infoDescriptor)]),
    ...systemPlaces,
    ...privateFolder("/dev/shm", PRIVATE_BYTES),
    "--remount-ro",
    "/dev",
    ...hidden.flatMap((path) => privateFolder(path, HIDDEN_BYTES)),
    ...realPaths(privatePlaces).flatMap((path) => privateFolder(path, PRIVATE_BYTES)),
    ...shown.flatMap((path) => ["--ro-bind", path, path]),
    ...bound.flatMap((path) => ["--bind", path, path]),
    ...own.flatMap((path) => [...privateFolder(path, HIDDEN_BYTES), "--remount-ro", path]),
    ...hidden.flatMap((path) => ["--remount-ro", path]),
    "--chdir",
    cwd,
    "--",
  ];
}

function privateFolder(path: string, bytes: number): readonly string[] {
  return ["--size", String(bytes), "--tmpfs", path];
}

/** Where these places really are. What is not there, or goes meanwhile, needs no mount. */
function realPaths(paths: readonly string[]): readonly string[] {
  return outerFirst(paths.flatMap((path) => tryRealPath(path) ?? []));
}

/** These places under their own names, in the folders where they really are: no mount is reached through a link. */
function mountPoints(paths: readonly string[]): readonly string[] {
  return outerFirst(
    paths.flatMap((path) => {
      const folder = existsSync(path) ? tryRealPath(dirname(path)) : undefined;
      return folder === undefined ? [] : join(folder, basename(path));
    }),
  );
}

function tryRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A mount hides what was mounted below it before. */
function outerFirst(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].toSorted((a, b) => a.length - b.length);
}

function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(place + sep);
}
