/** What lies over and behind the rows while a finger draws them. Whoever has none does not fetch it. */
import { Behind } from "./behind.tsx";
import { Pull } from "./pull.tsx";

export function Over({ box }: { box: { current: HTMLElement | null } }) {
  return (
    <>
      <Pull box={box} />
      <Behind />
    </>
  );
}
