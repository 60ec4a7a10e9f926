export { replyText } from "@palaver/plugin-api/host";
