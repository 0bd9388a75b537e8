/** A page that is loaded when it is opened. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadPages, t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { isThere } from "../ui/later.tsx";

export function Lazy({ load }: { load(): Promise<{ default: ComponentType }> }) {
  const [page, setPage] = useState<{ Page?: ComponentType; why?: string }>({});
  const begin = (): void => {
    setPage({});
    Promise.all([load(), loadPages()]).then(
      ([module]) => {
        setPage({ Page: module.default });
        isThere();
      },
      (e: unknown) => setPage({ why: e instanceof Error ? e.message : String(e) }),
    );
  };
  useEffect(begin, []);
  if (page.Page) return <page.Page />;
  if (!page.why) return <p class="starting" role="status">{t("app-loading")}</p>;
  return (
    <p class="notice danger" role="alert">
      {t("app-not-loaded", { why: page.why })} <Button label={t("app-again")} isWide onClick={begin} />
    </p>
  );
}
