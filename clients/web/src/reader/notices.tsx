/** What is said above a message, or in its place. */
import { preferences, prefer } from "../app/preferences.ts";
import { t } from "../i18n/i18n.ts";
import type { Remote } from "../message/index.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";

interface Pictures {
  count: number;
  hosts: readonly string[];
  /** Of the sender. */
  address: string;
  /** This once. */
  show(): void;
}

/** It has pictures from elsewhere, which were not loaded. */
export function RemotePictures({ count, hosts, address, show }: Pictures) {
  return (
    <p class="notice">
      <Icon name="image" />
      <span>{t("reader-pictures", { count, hosts: hosts.slice(0, 3).join(", ") })}</span>
      <Button label={t("reader-pictures-once")} isWide onClick={show} />
      {address && <Button label={t("reader-pictures-always", { address })} isWide onClick={() => prefer({ picturesFrom: [...preferences.value.picturesFrom, address] })} />}
    </p>
  );
}

/** They were to be loaded, and some are not here. */
export function LostPictures({ lost }: { lost: NonNullable<Remote["lost"]> }) {
  const reasons = Object.entries(lost);
  const count = reasons.reduce((sum, [, n]) => sum + n, 0);
  const why = reasons.map(([reason, n]) => (reasons.length > 1 ? t("reader-lost-some", { why: t(`reader-lost-${reason}`), count: n }) : t(`reader-lost-${reason}`)));
  return (
    <p class="notice" role="status">
      <Icon name="image" />
      <span>{t("reader-lost", { count, why: why.join("; ") })}</span>
    </p>
  );
}

/** It could not be fetched. */
export function Problem({ isGone, text, detail, again }: { isGone: boolean; text: string; detail?: string; again(): void }) {
  return (
    <p class="notice danger" role="alert">
      {isGone ? t("reader-gone") : t("reader-problem", { why: text })} {!isGone && detail && <small lang="en" dir="auto">{detail}</small>}
      {!isGone && <Button label={t("app-again")} isWide onClick={again} />}
    </p>
  );
}
