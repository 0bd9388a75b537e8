/** A signature with formatting, in the composer's own editor. Its pictures are data: addresses, as the core keeps them. What nobody touches stays as it was
 * written. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { client } from "../client/session.ts";
import { type Format, RichEditor } from "./editor.ts";
import { LinkDialog } from "./link-dialog.tsx";
import { Pictures } from "./pictures.ts";
import { realm } from "./realm.ts";
import { Toolbar } from "./toolbar.tsx";

function dataUrl(file: Blob): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

export default function SignatureEditor({ html, label, describedBy, accountId }: { html: Signal<string>; label: string; describedBy: string; accountId: string }) {
  const root = useRef<HTMLDivElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [editor, setEditor] = useState<RichEditor>();
  const formats = useSignal<ReadonlySet<Format>>(new Set());
  const isLinking = useSignal(false);

  useEffect(() => {
    let made: RichEditor | undefined;
    let isOver = false;
    const begin = async (): Promise<void> => {
      const inside = await realm();
      if (isOver) return;
      const own = (made = new RichEditor(root.current!, inside, new Pictures(client(), () => accountId, () => [])));
      own.load(html.value);
      for (const event of ["pathChange", "select", "cursor"]) own.addEventListener(event, () => (formats.value = own.formats()));
      // The first changes are the editor's own.
      setTimeout(() => own.addEventListener("input", () => (html.value = own.text().trim() || root.current?.querySelector("img") ? own.message() : "")));
      setEditor(own);
    };
    void begin();
    return () => {
      isOver = true;
      made?.destroy();
    };
  }, []);

  const insert = async (files: readonly File[]): Promise<void> => {
    for (const file of files) {
      const url = await dataUrl(file);
      editor?.focus();
      editor?.insertImage(url, { alt: file.name });
    }
  };
  return (
    <div class="signature-editor">
      {editor && <Toolbar editor={editor} formats={formats} onLink={() => (isLinking.value = true)} onImage={() => picker.current!.click()} />}
      <div ref={root} class="compose-text" role="textbox" aria-multiline="true" aria-label={label} aria-describedby={describedBy} dir="auto" />
      <input ref={picker} type="file" accept="image/png,image/jpeg,image/gif,image/webp" hidden
        onChange={(e) => { void insert([...(e.currentTarget.files ?? [])]); e.currentTarget.value = ""; }} />
      {editor && isLinking.value && <LinkDialog editor={editor} onDone={() => (isLinking.value = false)} />}
    </div>
  );
}
