/** What a row is labelled with, as chips. For the pointer only: the row says their names, and the open conversation has them as links. */
import { type Label, placeOfLabel } from "../app/labels.ts";
import { go } from "../app/router.ts";

export { labelsOf } from "../app/labels.ts";

/** More of them are a number: there is one line for all. */
const SHOWN = 2;

export function RowLabels({ labels }: { labels: readonly Label[] }) {
  const more = labels.length - SHOWN;
  return (
    <span class="labels" aria-hidden="true">
      {labels.slice(0, SHOWN).map((label) => (
        <span
          key={label.id}
          class="label"
          data-color={label.color}
          title={label.name}
          onClick={(e) => {
            e.stopPropagation();
            go(placeOfLabel(label));
          }}
        >
          {label.name}
        </span>
      ))}
      {more > 0 && <span class="label more">{`+${more}`}</span>}
    </span>
  );
}
