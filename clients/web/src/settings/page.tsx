/** Settings: a section each, by its address (/settings/accounts). */
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { back, place } from "../app/router.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { later } from "../ui/later.tsx";
import { Link } from "../ui/link.tsx";
import { Accounts } from "./accounts.tsx";
import { Appearance } from "./appearance.tsx";
import { Devices } from "./devices.tsx";
import { Identities } from "./identities.tsx";
import { Keys } from "./keys.tsx";
import { Outbox } from "./outbox.tsx";
import { Reading } from "./reading.tsx";
import { Vacation } from "./vacation.tsx";
import { Writing } from "./writing.tsx";

const Rules = later(() => import("../rules/page.tsx").then((module) => module.default));

const SECTIONS: [string, ComponentType][] = [
  ["accounts", Accounts], ["outbox", Outbox], ["identities", Identities], ["rules", Rules], ["vacation", Vacation], ["devices", Devices],
  ["appearance", Appearance], ["reading", Reading], ["writing", Writing], ["keys", Keys],
];

export default function Page() {
  const [name, Section] = SECTIONS.find(([part]) => part === place.value.part) ?? SECTIONS[0]!;
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  /** Whoever chose a section goes on reading there. */
  useEffect(() => {
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [name]);
  return (
    <main class="page settings" id="main">
      <header class="page-head">
        <Button label={t("page-back")} icon="back" class="turns" onClick={() => back({ page: "mail" })} />
        <h1>{t("settings-title")}</h1>
      </header>
      <div class="settings-body">
        <nav aria-label={t("settings-sections")}>
          <ul>
            {SECTIONS.map(([part]) => (
              <li key={part}><Link to={{ page: "settings", part }} current={part === name}>{t(`settings-${part}`)}</Link></li>
            ))}
          </ul>
        </nav>
        <section class="settings-section" aria-labelledby="settings-section">
          <h2 id="settings-section" tabIndex={-1} ref={heading}>{t(`settings-${name}`)}</h2>
          <Section key={name} />
        </section>
      </div>
    </main>
  );
}
