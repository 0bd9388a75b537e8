export { Batch, Call, Client, type Method, type Params, Ref, type Result, type WithRefs } from "./client.js";
export { ConnectionLost, FacteurError } from "./errors.js";
export { JmapClient, type JmapOptions, type Paired, type Session, type Uploaded } from "./jmap.js";
export { WebSocketClient, type WebSocketLike } from "./websocket.js";
export * from "./methods.js";
export * from "./types.js";
