/** ?: all keys, as they are at present. */
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { commands, GROUPS } from "./commands.ts";
import { keysOf, written } from "./keys.ts";

export function Help({ close }: { close(): void }) {
  return (
    <Dialog label={t("help-title")} close={close} class="help">
      <header>
        <h2>{t("help-title")}</h2>
        <Button label={t("app-close")} icon="close" onClick={close} />
      </header>
      <div class="help-groups" tabIndex={0}><div>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{t(`help-${group}`)}</h3>
            <dl>
              {commands
                .filter((command) => command.group === group && keysOf(command).length)
                .map((command) => (
                  <div key={command.id}>
                    <dt>
                      {keysOf(command).map((key) => (
                        <kbd key={key}>{written(key)}</kbd>
                      ))}
                    </dt>
                    <dd>{t(`command-${command.id}`)}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div></div>
    </Dialog>
  );
}
