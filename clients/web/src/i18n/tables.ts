/** For the first number of a process, the first date and the first two words that it compares, Chromium looks at all the languages that it has: some 30 ms. What it
 * finds is found for all of the process. */
export function readTables(region: string): void {
  new Intl.NumberFormat(region).format(0);
  new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit" }).format();
  "a".localeCompare("b");
}
