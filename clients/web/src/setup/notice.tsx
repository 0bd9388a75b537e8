/** What the core tells of an account by itself: what it is about in the user's language, then its own sentence, which is English. */
import type { Notice } from "../../../typescript/src/types.ts";
import { t } from "../i18n/i18n.ts";

export function NoticeText({ notice }: { notice: Notice }) {
  return <p>{t("status-notice", { type: notice.type })} <small lang="en" dir="auto">{notice.description}</small></p>;
}
