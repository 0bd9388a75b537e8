/** The host that an account's mail is fetched from; undefined: none. As of one in a scheme that all browsers know: of others those of 2023 do not say it. */
export function hostOf(source: string | undefined): string | undefined {
  try {
    return source ? new URL(source.replace(/^[a-z][a-z0-9+.-]*:/i, "ftp:")).hostname || undefined : undefined;
  } catch {
    return undefined;
  }
}
