/** What the build provides (build.mjs). */
declare module "messages:*" {
  const text: string;
  export default text;
}
