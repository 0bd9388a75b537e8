/** How large the user has text, by the browser's own setting: 1 as it comes, 2 for twice as large. What is placed by script has to know. */
import { signal } from "@preact/signals";

export const textSize = signal(1);

/** CSS pixels of 1rem in a browser that nobody has set. */
const USUAL = 16;

const probe = document.createElement("div");
probe.className = "text-size";
probe.setAttribute("aria-hidden", "true");
document.body.append(probe);
new ResizeObserver(() => (textSize.value = Math.max(0.5, probe.clientWidth / USUAL) || 1)).observe(probe);
