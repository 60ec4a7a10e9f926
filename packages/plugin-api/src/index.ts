export { command } from "./command.ts";
export type { ArgumentSchemas, Arguments, Call, Command, Rate } from "./command.ts";
export { definePlugin } from "./plugin.ts";
export type {
  AnyCommand,
  Log,
  Plugin,
  PluginContext,
  PluginInstance,
  RoomHistory,
  TextCall,
} from "./plugin.ts";
export { Refusal } from "./refusal.ts";
export type { RefusalCode } from "./refusal.ts";
export type { OutputPiece, Reply, Result, StructuredReply } from "./reply.ts";
export type { Caller } from "./caller.ts";
export type { HubEvents } from "./events.ts";
export type {
  Capability,
  CapabilityMap,
  Files,
  RoomMessage,
  Rooms,
  Sha256,
  Storage,
  Users,
} from "./capabilities.ts";
export type { StreamConnection } from "./stream-connection.ts";
export type {
  Processes,
  ProcessExit,
  ProcessLimits,
  ProcessSandbox,
  ProcessSpec,
  ProcessUser,
  RunningProcess,
} from "./processes.ts";
export type { Output, Schema } from "./schema.ts";
export { tryParseDuration } from "./duration.ts";
export { fittingRows, MAX_DATA_BYTES } from "./fitting-rows.ts";
