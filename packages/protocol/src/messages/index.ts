export {
  MAX_ARGS_BYTES,
  MAX_COMMANDS,
  MAX_MENTIONS,
  MAX_INPUT_BYTES,
  MAX_MEMBERS,
  MAX_NICK_BYTES,
  MAX_NOTICE_BYTES,
  MAX_OUTPUT_BYTES,
  MAX_ROOM_BYTES,
  MAX_TEXT_BYTES,
  MESSAGE_ID_BYTES,
  MESSAGES_VERSION,
} from "./bounds.ts";
export {
  type CommandSummary,
  type ControlMessage,
  decodeControl,
  encodeControl,
  type Member,
  type PresenceState,
} from "./control.ts";
export {
  createRecordDecoder,
  type Flows,
  MAX_RECORD_BYTES,
  type RecordDecoder,
  type WireRecord,
} from "./record.ts";
export {
  decodeRequestStream,
  encodeRequestStream,
  isOutput,
  type InputMessage,
  type ReplyMessage,
  type RequestEnd,
  type RequestMessage,
  type RequestStreamMessage,
} from "./request.ts";
export {
  decodeRoomStream,
  encodeRoomStream,
  type RoomAbout,
  type RoomAction,
  type RoomChange,
  type RoomMessage,
  type RoomMessageKind,
  type RoomStreamMessage,
} from "./room.ts";
