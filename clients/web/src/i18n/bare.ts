/** Embeddings, overrides, isolates (UAX 9): what would reach out of a text into the sentence around it. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Without any of them: for what leaves the screen, too. */
export const bare = (text: string): string => text.replace(CONTROLS, "");
