/* editor.h - a text that a person changes with the editor of their choice ($VISUAL, $EDITOR, else vi). */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "cli.h"

/* Whether there is a person and a terminal to edit on: standard input and output are one. */
bool editor_can(void);

/* Puts the text into a file of its own (mode 0600) and waits for the editor. 0, or -1 after telling; *out_text is the
 * caller's then, *out_path too: the file stays until editor_done, so that nothing written is lost when what comes after
 * fails. */
int editor_edit(struct cli *cli, const char *text, char **out_text, char **out_path);
/* Removes the file; with `keep` it stays, and where it is, is told. Frees the path. NULL is accepted. */
void editor_done(char *path, bool keep);

#endif
