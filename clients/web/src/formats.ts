/** A worker that runs beside the page while that begins, for a moment (begin.ts). Its name is the user's variety of the language. */
import { readTables } from "./i18n/tables.ts";

readTables(self.name);
self.close();
