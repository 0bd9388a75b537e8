/** The files of the message: those that are there, and those on their way. */
import { size } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { filesOf } from "./draft.ts";
import type { Upload } from "./uploads.ts";
import type { Writing } from "./writing.ts";

function Coming({ upload }: { upload: Upload & { again?: () => void } }) {
  const trouble = upload.trouble.value;
  const percent = Math.round(upload.done.value * 100);
  return (
    <li class="file">
      <Icon name={trouble ? "warning" : "attachment"} />
      <bdi class="file-name">{upload.name || t("compose-file-unnamed")}</bdi>
      {trouble ? (
        <span class="file-trouble" role="alert">
          {t("compose-upload-failed", { why: trouble })}
        </span>
      ) : (
        <progress max={100} value={percent} aria-label={t("compose-uploading", { name: upload.name })} />
      )}
      {trouble && upload.again && <Button label={t("compose-again")} isWide onClick={upload.again} />}
      <Button label={t("compose-upload-cancel", { name: upload.name })} icon="close" onClick={() => upload.cancel()} />
    </li>
  );
}

export function Attachments({ writing }: { writing: Writing }) {
  const files = filesOf({ parts: [...writing.parts.value] });
  const uploads = writing.uploads.value;
  if (!files.length && !uploads.length) return null;
  return (
    <ul class="files" aria-label={t("compose-files")}>
      {files.map((part) => (
        <li key={part.blobId} class="file">
          <Icon name="attachment" />
          <bdi class="file-name">{part.name || t("compose-file-unnamed")}</bdi>
          {part.size !== undefined && <span class="file-size">{size(part.size)}</span>}
          <Button
            label={t("compose-file-remove", { name: part.name || t("compose-file-unnamed") })}
            icon="close"
            disabled={writing.isHeld}
            onClick={() => writing.removePart(part)}
          />
        </li>
      ))}
      {uploads.map((upload) => (
        <Coming key={upload.key} upload={upload} />
      ))}
    </ul>
  );
}
