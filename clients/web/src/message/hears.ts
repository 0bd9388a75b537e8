/** Whether our listeners are called in a document of a frame that may run no script. In WebKit they are not (its bug 218086): it asks the document
 * where something happens whether scripts may run, not the one that listens. Observers (of mutations, of sizes) are called there as well. */
export function hears(document: Document): boolean {
  let isHeard = false;
  const listener = (): void => void (isHeard = true);
  document.addEventListener("facteur-heard", listener);
  document.dispatchEvent(new Event("facteur-heard"));
  document.removeEventListener("facteur-heard", listener);
  return isHeard;
}
