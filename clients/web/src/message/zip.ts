/** A .zip of files as they are (APPNOTE.TXT 6.3: method 0, names in UTF-8). Not Zip64: less than 4 GiB, fewer than 65,535 files. */

export const ZIP_MAX_BYTES = 0xffff_fffe;
export const ZIP_MAX_FILES = 0xfffe;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 (ISO 3309) of what came before (0 at the beginning) and these. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

export interface ZipFile {
  name: string;
  content: Blob;
  crc: number;
  modified: Date;
}

/** MS-DOS: two seconds are its finest, 1980 is its beginning. */
function dosTime(date: Date): [time: number, day: number] {
  const year = Math.min(Math.max(date.getFullYear(), 1980), 2107);
  return [(date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1), ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()];
}

const UTF8_NAMES = 1 << 11;

/** What both headers of a file have: from "version needed" to the length of the name (and of the extra field, which is none). */
function common(file: ZipFile, name: Uint8Array): number[] {
  const [time, day] = dosTime(file.modified);
  return [...u16(20), ...u16(UTF8_NAMES), ...u16(0), ...u16(time), ...u16(day), ...u32(file.crc), ...u32(file.content.size), ...u32(file.content.size), ...u16(name.length), ...u16(0)];
}
const u16 = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff];
const u32 = (n: number): number[] => [...u16(n & 0xffff), ...u16(n >>> 16)];

/** Throws RangeError where it would be too large. The files stay where the browser has them: nothing is copied. */
export function zip(files: readonly ZipFile[]): Blob {
  const pieces: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.name);
    const head = new Uint8Array([...u32(0x04034b50), ...common(file, name), ...name]);
    directory.push(new Uint8Array([...u32(0x02014b50), ...u16(20), ...common(file, name), ...u16(0), ...u16(0), ...u16(0), ...u32(0), ...u32(at), ...name]));
    pieces.push(head, file.content);
    at += head.length + file.content.size;
  }
  const length = directory.reduce((sum, { length }) => sum + length, 0);
  if (files.length > ZIP_MAX_FILES || at + length > ZIP_MAX_BYTES) throw new RangeError("too large for a .zip");
  pieces.push(...directory, new Uint8Array([...u32(0x06054b50), ...u16(0), ...u16(0), ...u16(files.length), ...u16(files.length), ...u32(length), ...u32(at), ...u16(0)]));
  return new Blob(pieces, { type: "application/zip" });
}
