export { createHub } from "./hub.ts";
export type { Hub, HubStatus } from "./hub.ts";
export { BindError } from "./transport/transport.ts";
export { ConfigError } from "./config/config.ts";
export type { Config } from "./config/config.ts";
