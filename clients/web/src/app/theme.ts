/** Light or dark: as the user says, otherwise as the system does. */
import { computed, effect, signal } from "@preact/signals";
import { preferences } from "./preferences.ts";

const system = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(system.matches);
system.addEventListener("change", () => (systemIsDark.value = system.matches));

export const isDark = computed(() => {
  const theme = preferences.value.theme;
  return theme === "system" ? systemIsDark.value : theme === "dark";
});

effect(() => {
  document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
});
