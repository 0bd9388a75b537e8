/** Of an address in a scheme that they do not know browsers of 2023 do not say the host (Chromium before 130). As in one that all know; no mail server has its
 * usual port. */
export const asKnown = (url: string): string => url.replace(/^[a-z][a-z0-9+.-]*:/i, "ftp:");

/** The host that an account's mail is fetched from; undefined: none. */
export function hostOf(source: string | undefined): string | undefined {
  try {
    return source ? new URL(asKnown(source)).hostname || undefined : undefined;
  } catch {
    return undefined;
  }
}
