/** Of the picture that is selected: how large it is, and what it shows in words. Buttons, so that it needs no dragging (WCAG 2.2, 2.5.7). */
import { useId } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import type { RichEditor } from "./editor.ts";

const SIZES = { small: 160, medium: 400, large: 800 } as const;

export function PictureTools({ editor, picture }: { editor: RichEditor; picture: HTMLImageElement }) {
  const id = useId();
  const resize = (width: number | undefined): void => {
    editor.change(() => {
      picture.removeAttribute("height");
      if (width === undefined) picture.removeAttribute("width");
      else picture.setAttribute("width", String(Math.min(width, picture.naturalWidth || width)));
      picture.style.removeProperty("width");
      picture.style.removeProperty("height");
    });
  };
  return (
    <div class="picture-tools" role="group" aria-label={t("compose-picture")}>
      {(Object.keys(SIZES) as (keyof typeof SIZES)[]).map((name) => (
        <Button key={name} label={t(`compose-picture-${name}`)} isWide onClick={() => resize(SIZES[name])} />
      ))}
      <Button label={t("compose-picture-original")} isWide onClick={() => resize(undefined)} />
      <label for={id}>{t("compose-picture-alt")}</label>
      <input id={id} type="text" dir="auto" value={picture.alt} onChange={(e) => editor.change(() => (picture.alt = e.currentTarget.value))} />
    </div>
  );
}
