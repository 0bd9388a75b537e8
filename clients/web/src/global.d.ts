/** What the build provides (build.mjs). */
declare module "messages:*" {
  type Pattern = import("@fluent/bundle").Message["value"];
  const list: [id: string, value: Pattern, attributes?: Record<string, NonNullable<Pattern>>][];
  export default list;
}
