/** Dates, times and sizes as people write them, in the language of the screen. */
import { computed, signal } from "@preact/signals";
import { locale } from "./i18n.ts";
import { regionOf } from "./languages.ts";

const region = computed(() => regionOf(locale.value === "pseudo" ? "en" : locale.value));

/** Making a format takes far longer than using it. */
const formats = computed(() => (void region.value, new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()));

function kept<F extends Intl.DateTimeFormat | Intl.NumberFormat>(name: string, make: () => F): F {
  let made = formats.value.get(name) as F | undefined;
  if (!made) formats.value.set(name, (made = make()));
  return made;
}

/** `name`: it is made once. Hours have two digits wherever there are some: 08:00, or 08:00 AM where the browser's variety of the language has it so. */
export function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept(name, () => new Intl.DateTimeFormat(region.value, options));
}

const DAY = 86_400_000;

/** When today began: who was drawn with it is drawn again when another day begins. */
const today = signal(0);
let timer: ReturnType<typeof setTimeout> | undefined;

function followToday(): void {
  clearTimeout(timer);
  today.value = new Date().setHours(0, 0, 0, 0);
  const tomorrow = new Date(today.value).setHours(24);
  timer = globalThis.document && setTimeout(followToday, tomorrow - Date.now());
  (timer as { unref?: () => void } | undefined)?.unref?.(); // where there is no page after all
}
followToday();
// A computer that slept through midnight has not heard its timer; nor need a page that nobody sees.
globalThis.document?.addEventListener("visibilitychange", followToday);
globalThis.document?.defaultView?.addEventListener("focus", followToday);

export function time(at: Date): string {
  return format("time", { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** In a list: the time today, the weekday within six days, the day this year, the date otherwise. */
export function shortDate(iso: string | null): string {
  if (!iso) return "";
  const date = new Date(iso);
  const midnight = today.value;
  const at = date.getTime();
  if (at >= midnight && at < midnight + DAY) return time(date);
  if (at < midnight && at >= midnight - 6 * DAY) return format("weekday", { weekday: "short" }).format(date);
  if (date.getFullYear() === new Date(midnight).getFullYear()) return format("day", { day: "numeric", month: "short" }).format(date);
  return format("date", { day: "2-digit", month: "2-digit", year: "numeric" }).format(date);
}

/** A moment to come, in a list: its time as long as that tells enough. */
export function backDate(iso: string): string {
  const at = new Date(iso);
  const days = (at.getTime() - today.value) / DAY;
  if (days >= 1 && days < 7) return format("back", { weekday: "short", hour: "2-digit", minute: "2-digit" }).format(at);
  return shortDate(iso);
}

/** In full. */
export function longDate(iso: string | null): string {
  return iso ? format("long", { dateStyle: "full", timeStyle: "short" }).format(new Date(iso)) : "";
}

/** A moment in the days to come: its weekday, day and time. */
export function soonDate(at: Date): string {
  return format("soon", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(at);
}

/** Bytes, in units of 1000 as file managers have them. */
export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  const value = bytes / 1000 ** step;
  const maximumFractionDigits = step && value < 10 ? 1 : 0;
  const unitDisplay = step ? "short" : "long";
  return number(value, `size ${step} ${maximumFractionDigits}`, { style: "unit", unit: units[step]!, unitDisplay, maximumFractionDigits });
}

export function number(n: number, name = "number", options: Intl.NumberFormatOptions = {}): string {
  return kept(name, () => new Intl.NumberFormat(region.value, options)).format(n);
}
