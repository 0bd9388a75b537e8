/** A drawing of the sprite (src/icons/names.json). Decoration: the control that has it says in words what it does. */
export function Icon({ name, class: more = "" }: { name: string; class?: string }) {
  return (
    <svg class={`icon ${more}`} aria-hidden="true" focusable="false">
      <use href={`${document.body.dataset["icons"]}#${name}`} />
    </svg>
  );
}
