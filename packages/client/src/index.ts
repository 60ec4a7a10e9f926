export { HubError } from "./connection.ts";
export { PROBLEMS, type KnownKey, type Problem, type Problems } from "./problems.ts";
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
  UnkeptMessage,
  UserInfo,
} from "./connection.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { defaultConfigDir } from "./keys/config-dir.ts";
export { makeFolder } from "./make-folder.ts";
export { formatFingerprint } from "./keys/fingerprint.ts";
export { publicKeyOf, readOrCreateIdentity } from "./keys/identity.ts";
export { type FetchedFile, getFile, type GetOptions } from "./transfers/get-file.ts";
export { putFile, type PutOptions } from "./transfers/put-file.ts";
export { type FileInfo, listFiles, removeFile } from "./transfers/file-list.ts";
export type { StoredFile, TransferOptions, TransferProgress } from "./transfers/transfer.ts";
