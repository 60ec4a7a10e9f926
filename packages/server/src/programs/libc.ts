import { tryBindLibc, type Pointer } from "../load-libc.ts";

/** What starting a program without Node takes; each gives back what C gives back. */
export interface SpawnCalls {
  pipe2(ends: Int32Array, flags: number): number;
  socketpair(family: number, type: number, protocol: number, ends: Int32Array): number;
  fcntl(fd: number, command: number, kind: "int", value: number): number;
  close(fd: number): number;
  waitpid(pid: number, status: Int32Array, options: number): number;
  spawn(
    pid: Int32Array,
    path: Pointer,
    actions: Pointer,
    attributes: Pointer,
    argv: Pointer,
    env: Pointer,
  ): number;
  initActions(actions: Pointer): number;
  addDup2(actions: Pointer, from: number, to: number): number;
  addOpen(actions: Pointer, fd: number, path: string, flags: number, mode: number): number;
  addChdir(actions: Pointer, path: string): number;
  addCloseFrom(actions: Pointer, from: number): number;
  destroyActions(actions: Pointer): number;
  initAttributes(attributes: Pointer): number;
  setFlags(attributes: Pointer, flags: number): number;
  setDefaultSignals(attributes: Pointer, signals: Pointer): number;
  setBlockedSignals(attributes: Pointer, signals: Pointer): number;
  addressOf(memory: ArrayBufferView): bigint;
}

/** @returns undefined where they cannot be called: see `tryBindLibc`, and glibc before 2.34 (2021) or another C library. */
export function tryLoadSpawnCalls(): Promise<SpawnCalls | undefined> {
  const actions = "posix_spawn_file_actions";
  const attributes = "posix_spawnattr";
  return tryBindLibc(({ bind, addressOf }) => ({
    pipe2: bind("int pipe2(void *, int)"),
    socketpair: bind("int socketpair(int, int, int, void *)"),
    fcntl: bind("int fcntl(int, int, ...)"),
    close: bind("int close(int)"),
    waitpid: bind("int waitpid(int, void *, int)"),
    spawn: bind(
      "int posix_spawn(void *, const void *, const void *, const void *, const void *, const void *)",
    ),
    initActions: bind(`int ${actions}_init(void *)`),
    addDup2: bind(`int ${actions}_adddup2(void *, int, int)`),
    addOpen: bind(`int ${actions}_addopen(void *, int, const char *, int, unsigned int)`),
    addChdir: bind(`int ${actions}_addchdir_np(void *, const char *)`),
    addCloseFrom: bind(`int ${actions}_addclosefrom_np(void *, int)`),
    destroyActions: bind(`int ${actions}_destroy(void *)`),
    initAttributes: bind(`int ${attributes}_init(void *)`),
    setFlags: bind(`int ${attributes}_setflags(void *, short)`),
    setDefaultSignals: bind(`int ${attributes}_setsigdefault(void *, const void *)`),
    setBlockedSignals: bind(`int ${attributes}_setsigmask(void *, const void *)`),
    addressOf,
  }));
}
