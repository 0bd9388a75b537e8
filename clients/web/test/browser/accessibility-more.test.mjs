/** The other half of the screens (accessibility.test.mjs). */
process.env.FACTEUR_SCREENS = "more";
await import("./accessibility.test.mjs");
