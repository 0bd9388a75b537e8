/** The text: rich in the editor, plain in a text field. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { hasFormatting } from "./convert.ts";
import { type Format, RichEditor } from "./editor.ts";
import { SRC } from "./filter.ts";
import { LinkDialog } from "./link-dialog.tsx";
import { PictureTools } from "./picture-tools.tsx";
import type { Realm } from "./realm.ts";
import { findSignature } from "./signature.ts";
import { Toolbar } from "./toolbar.tsx";
import type { Body, Writing } from "./writing.ts";

interface BodyProps {
  writing: Writing;
  realm: Realm;
  /** Called once, when one can write. */
  onReady(): void;
}

function pictures(e: ClipboardEvent | DragEvent): File[] {
  const files = "clipboardData" in e ? e.clipboardData?.files : (e as DragEvent).dataTransfer?.files;
  return [...(files ?? [])];
}

/** The cursor before all that stands there: an empty line of its own, above a quote or a signature. */
function toBeginning(editor: RichEditor, needsLine: boolean): void {
  const root = editor.getRoot();
  const first = root.firstElementChild;
  if (needsLine && first && (first.textContent || first.querySelector("img"))) root.prepend(editor.createDefaultBlock(), editor.createDefaultBlock());
  editor.moveCursorToStart();
}

export function RichBody({ writing, realm, onReady }: BodyProps) {
  const root = useRef<HTMLDivElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [editor, setEditor] = useState<RichEditor>();
  const formats = useSignal<ReadonlySet<Format>>(new Set());
  const picture = useSignal<HTMLImageElement | undefined>(undefined);
  const isLinking = useSignal(false);

  useEffect(() => {
    const made = new RichEditor(root.current!, realm, writing.pictures);
    made.load(writing.start);
    toBeginning(made, writing.needsLine);
    writing.needsLine = false;
    made.saveUndoState();
    const look = (): void => {
      formats.value = made.formats();
      picture.value = made.selectedPicture();
    };
    // The first changes are the editor's own: nothing was written yet.
    setTimeout(() => made.addEventListener("input", () => writing.touch()));
    for (const event of ["pathChange", "select", "cursor"]) made.addEventListener(event, look);
    made.addEventListener("pasteImage", (e) => writing.insertPictures([...(((e as CustomEvent).detail as { clipboardData: DataTransfer }).clipboardData.files ?? [])]));
    for (const key of ["Ctrl-k", "Meta-k"]) made.setKeyHandler(key, (_, e) => (e.preventDefault(), void (isLinking.value = true)));
    made.setKeyHandler("Ctrl-\\", (self, e) => (e.preventDefault(), void self.removeAllFormatting()));
    const body: Body = {
      read: () => made.message(),
      newText: () => made.newText(),
      text: () => made.text(),
      replace: (html) => made.load(html),
      setSignature: (html) => setSignature(made, html),
      insertPicture: (url, cid, alt) => {
        made.focus();
        made.insertImage(url, { alt, [SRC]: `cid:${cid}` });
      },
      hasFormatting: () => hasFormatting(root.current!),
      focus: () => void made.focus(),
      typed: (text) => {
        made.focus();
        if (!text) return;
        made.insertPlainText(text, false);
        writing.touch(); // nobody listens to the editor yet: see above
      },
    };
    writing.began(body);
    setEditor(made);
    onReady();
    return () => {
      if (writing.mode.peek() === "rich") writing.start = made.message();
      writing.left(body);
      made.destroy();
    };
  }, []);

  return (
    <>
      {editor && <Toolbar editor={editor} formats={formats} onLink={() => (isLinking.value = true)} onImage={() => picker.current!.click()} />}
      {editor && picture.value && <PictureTools editor={editor} picture={picture.value} />}
      <div
        ref={root}
        class="compose-text"
        role="textbox"
        aria-multiline="true"
        aria-label={t("compose-body")}
        dir="auto"
        onDrop={(e) => {
          const files = pictures(e).filter((file) => file.type.startsWith("image/"));
          if (!files.length || files.length < pictures(e).length) return;
          e.preventDefault();
          e.stopPropagation();
          writing.insertPictures(files);
        }}
        onClick={(e) => {
          const target = e.target as Element;
          if (editor && target.nodeName === "IMG") {
            const range = document.createRange();
            range.selectNode(target);
            editor.setSelection(range);
            picture.value = target as HTMLImageElement;
          }
          // A link is text here, and may be edited; with Ctrl it is followed.
          const link = target.closest<HTMLAnchorElement>("a[href]");
          if (link && (e.ctrlKey || e.metaKey)) window.open(link.href, "_blank", "noopener,noreferrer");
        }}
      />
      <input
        ref={picker}
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(e) => {
          writing.insertPictures([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = "";
        }}
      />
      {editor && isLinking.value && <LinkDialog editor={editor} onDone={() => (isLinking.value = false)} />}
    </>
  );
}

/** Another signature in the place of the one there is; where there is none, at the end. */
function setSignature(editor: RichEditor, html: string): void {
  editor.change(() => {
    const root = editor.getRoot();
    const old = findSignature(root);
    const made = document.createElement("div");
    made.append(editor._config.sanitizeToDOMFragment(html, editor));
    const next = made.querySelector(".signature");
    if (old && next) old.replaceWith(next);
    else if (old) old.remove();
    else if (next) root.append(editor.createDefaultBlock(), next);
    void editor.showPictures();
  });
}

export function PlainBody({ writing, onReady }: Omit<BodyProps, "realm">) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = field.current!;
    area.value = writing.needsLine && writing.start.trim() ? `\n${writing.start}` : writing.start;
    writing.needsLine = false;
    area.setSelectionRange(0, 0);
    const body: Body = {
      read: () => area.value,
      newText: () => area.value,
      text: () => area.value,
      replace: (text) => (area.value = text),
      setSignature: () => undefined,
      insertPicture: () => undefined,
      hasFormatting: () => false,
      focus: () => area.focus(),
      typed: (text) => {
        area.focus();
        if (text) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
        if (text) writing.touch();
      },
    };
    writing.began(body);
    onReady();
    return () => {
      if (writing.mode.peek() === "plain") writing.start = area.value;
      writing.left(body);
    };
  }, []);
  return <textarea ref={field} class="compose-text plain" aria-label={t("compose-body")} dir="auto" onInput={() => writing.touch()} />;
}

export function ModeButton({ writing }: { writing: Writing }) {
  const isRich = writing.mode.value === "rich";
  const change = (): void => (isRich ? writing.toPlain() : writing.toRich());
  return <Button label={t(isRich ? "compose-to-plain" : "compose-to-rich")} isWide disabled={writing.isHeld} onClick={change} />;
}
