/** The order of what the user can put elsewhere: accounts, rules. */

/** Moves one up or down among those that are shown: all get the places that they have then. What stays is not named. */
export function placesAfter(list: readonly { id: string; sortOrder: number }[], id: string, by: -1 | 1): Record<string, { sortOrder: number }> {
  const before = new Map(list.map((one) => [one.id, one.sortOrder]));
  const order = list.map((one) => one.id);
  const from = order.indexOf(id), to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return {};
  order.splice(from, 1);
  order.splice(to, 0, id);
  const changed = order.map((each, i) => [each, { sortOrder: i + 1 }] as const).filter(([each, { sortOrder }]) => before.get(each) !== sortOrder);
  return Object.fromEntries(changed);
}
