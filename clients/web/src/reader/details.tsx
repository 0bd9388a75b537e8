/** What one seldom asks of a message: all whom it is from and to, with their addresses, when it was sent, its size. */
import type { EmailAddress } from "../../../typescript/src/types.ts";
import { longDate, size } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";

function Detail({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

/** Names with their addresses, each for itself: what only a pointer finds is there for everybody here. */
function People({ name, list }: { name: string; list: EmailAddress[] | null }) {
  if (!list?.length) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <ul class="people">
          {list.map((one, i) => (
            <li key={i}>
              {one.name && <><bdi>{one.name}</bdi> </>}
              <bdi dir="ltr">{one.name ? `<${one.email}>` : one.email}</bdi>
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}

export function Details({ message: m }: { message: Message }) {
  return (
    <dl class="details">
      <Detail name={t("reader-subject")} value={m.subject} />
      <People name={t("message-field-from")} list={m.from} />
      <People name={t("message-field-to")} list={m.to} />
      <People name={t("message-field-cc")} list={m.cc} />
      <People name={t("reader-bcc")} list={m.bcc} />
      <People name={t("reader-reply-to")} list={m.replyTo} />
      <Detail name={t("reader-sent")} value={longDate(m.sentAt)} />
      <Detail name={t("reader-received")} value={longDate(m.receivedAt)} />
      <Detail name={t("reader-message-id")} value={m.messageId?.join(", ")} />
      <Detail name={t("reader-size")} value={size(m.size)} />
    </dl>
  );
}
