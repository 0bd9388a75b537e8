/** The policies that the bridge serves pages with (clients/bridge/app.c), for what serves them without it: dev.mjs, tests. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; " +
  "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types facteur dompurify";
const FRAME_LOADS = "default-src 'none'; img-src 'self' data: blob:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; ";
export const FRAME_POLICY = `${FRAME_LOADS}sandbox allow-same-origin allow-modals`;
export const LINKS_FRAME_POLICY = `${FRAME_LOADS}sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox`;
/** Of the documents that messages are shown in, by their paths. */
export const FRAMES = { "/message-frame": FRAME_POLICY, "/message-frame-links": LINKS_FRAME_POLICY };
