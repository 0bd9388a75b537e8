/** Names of attachments: somebody else has written them. */
import type { EmailBodyPart } from "../../../typescript/src/types.ts";

export type Kind = "picture" | "pdf" | "document" | "sheet" | "slides" | "text" | "page" | "archive" | "audio" | "video" | "calendar" | "contact" | "message" | "program" | "other";

const BY_ENDING: Record<Exclude<Kind, "other">, string> = {
  picture: "png jpg jpeg gif webp avif bmp tif tiff heic heif ico",
  pdf: "pdf",
  document: "doc docx odt rtf pages docm dot dotx epub",
  sheet: "xls xlsx ods csv numbers xlsm",
  slides: "ppt pptx odp key pptm",
  text: "txt md log diff patch json xml yaml yml ini conf",
  page: "html htm xhtml shtml svg mht mhtml",
  archive: "zip gz tgz bz2 xz 7z rar tar zst",
  audio: "mp3 ogg oga wav flac m4a opus aac",
  video: "mp4 mkv webm mov avi mpg mpeg m4v",
  calendar: "ics ical vcs",
  contact: "vcf vcard",
  message: "eml msg",
  // What a system would run when it is opened.
  program: "exe com scr bat cmd pif msi msp dll cpl js jse mjs vbs vbe wsf wsh hta ps1 psm1 lnk url reg jar jnlp app dmg pkg apk sh bash run desktop iso img vhd vhdx appimage deb rpm py rb pl",
};
const KINDS = new Map(Object.entries(BY_ENDING).flatMap(([kind, endings]) => endings.split(" ").map((ending) => [ending, kind as Kind] as const)));

function endingOf(name: string): string {
  const at = name.lastIndexOf(".");
  return at > 0 ? name.slice(at + 1).trim().toLowerCase() : "";
}

/** By its name, as the system it is saved on will take it; by its media type where the name does not tell. */
export function kindOf(part: EmailBodyPart): Kind {
  const kind = KINDS.get(endingOf(shownName(part.name ?? "")));
  if (kind) return kind;
  const type = part.type ?? "";
  if (type === "message/rfc822" || type === "message/global") return "message";
  if (type === "application/pdf") return "pdf";
  if (type === "text/html" || type === "image/svg+xml") return "page";
  if (type === "text/calendar") return "calendar";
  if (type === "text/vcard" || type === "text/x-vcard") return "contact";
  if (type === "application/zip") return "archive";
  const [major] = type.split("/");
  return major === "image" ? "picture" : major === "text" || major === "audio" || major === "video" ? major : "other";
}

/** Control characters, and those that turn the direction of what follows ("exe.gpj" for "jpg.exe"). */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** As it is shown: what one sees is what there is. */
export function shownName(name: string): string {
  return name.replace(UNSEEN, "").trim();
}

const MAX_BYTES = 180;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

function cut(text: string, bytes: number): string {
  let out = "";
  let n = 0;
  for (const c of text) {
    n += new TextEncoder().encode(c).length;
    if (n > bytes) break;
    out += c;
  }
  return out;
}

/** As a file may be called on every system: no folder, nothing hidden, no device. `otherwise`: where nothing is left. */
export function safeName(name: string, otherwise: string): string {
  const base = shownName(name.normalize("NFC")).split(/[/\\]/).at(-1)!;
  let out = base.replace(/[<>:"|?*%]/g, "_").replace(/^[.\s~-]+/, "").replace(/[.\s]+$/, "");
  if (RESERVED.test(out)) out = `_${out}`;
  const ending = endingOf(out);
  if (new TextEncoder().encode(out).length > MAX_BYTES) {
    const tail = ending && ending.length < 20 ? out.slice(-ending.length - 1) : "";
    out = cut(out.slice(0, out.length - tail.length), MAX_BYTES - tail.length * 4) + tail;
  }
  return out || otherwise;
}

/** All of them different, whatever the case of their letters: "a.txt", "a (2).txt". */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const ending = endingOf(name);
    const stem = ending ? name.slice(0, -ending.length - 1) : name;
    let out = name;
    for (let i = 2; taken.has(out.toLowerCase()); i++) out = ending ? `${stem} (${i}).${name.slice(-ending.length)}` : `${stem} (${i})`;
    taken.add(out.toLowerCase());
    return out;
  });
}
