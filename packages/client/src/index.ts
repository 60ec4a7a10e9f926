export { HubError } from "./connection.ts";
export type {
  ChangeAction,
  CommandInfo,
  Connection,
  ConnectionEvents,
  ConnectionState,
  PingResult,
  RoomChange,
  RoomInfo,
  RoomMessage,
  Run,
  RunOptions,
  RunPiece,
  UserInfo,
} from "./connection.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { defaultConfigDir } from "./keys/config-dir.ts";
export { formatFingerprint } from "./keys/fingerprint.ts";
export { publicKeyOf, readOrCreateIdentity } from "./keys/identity.ts";
