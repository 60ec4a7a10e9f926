/** Version of the messages; both sides name theirs and use the lower one. */
export const MESSAGES_VERSION = 1;
/** Bytes of the random ids of requests and messages. */
export const MESSAGE_ID_BYTES = 16;
/** Bytes of what one user says at once. */
export const MAX_TEXT_BYTES = 4096;
export const MAX_NICK_BYTES = 64;
export const MAX_ROOM_BYTES = 64;
export const MAX_COMMAND_BYTES = 64;
/** Bytes of a command's arguments. */
export const MAX_ARGS_BYTES = 8192;
/** Bytes of standard input that stand before a request. */
export const MAX_INPUT_BYTES = 64 << 10;
/** Bytes of output in one record; more is cut into several. */
export const MAX_OUTPUT_BYTES = 16 << 10;
/** Bytes of a JSON body. */
export const MAX_JSON_BYTES = 64 << 10;
export const MAX_NOTICE_BYTES = 1024;
export const MAX_MEMBERS = 1000;
export const MAX_COMMANDS = 256;
/** Names that one message mentions. */
export const MAX_MENTIONS = 16;
