/** Which account is doing what, in one line of the shell. */
import type { Store } from "../store/types.ts";

export function AccountStatus({ store }: { store: Store }) {
  return <p class="account-status">{store.accounts.value.length}</p>;
}
