/* file_managers.h - the entry "Send by mail" in the menus of the file managers that are here. */
#ifndef CLI_FILE_MANAGERS_H
#define CLI_FILE_MANAGERS_H

#include "cli.h"

/* Writes a script or a desktop entry, which calls this program with 'send-to', for each file manager that is installed; one that is there
 * is written anew. Prints the paths. */
int file_managers_install(struct cli *cli);

#endif
