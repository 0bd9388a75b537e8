/** A value of a list as Fluent compares it: its variants [30] are numbers, and never equal to the text "30". */
export function variant(value: string): string | number {
  return /^-?\d+$/.test(value) ? Number(value) : value;
}
