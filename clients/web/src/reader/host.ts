/** The host that an account's mail is fetched from; undefined: none. */
export function hostOf(source: string | undefined): string | undefined {
  try {
    return source ? new URL(source).hostname || undefined : undefined;
  } catch {
    return undefined;
  }
}
