export { createTestHub } from "./hub.ts";
export type { TestHub, TestHubOptions } from "./hub.ts";
export type { TestUser } from "./user.ts";
export type { TestCall } from "./call.ts";
export type { LogLine } from "./log.ts";
export type { Programs, TestProgram } from "./programs.ts";
export { PluginFault } from "./fault.ts";
