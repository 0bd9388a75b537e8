/* rank.h - the FTS5 function facteur_rank, on every connection that has the tokenizer. */
#ifndef STORE_RANK_H
#define STORE_RANK_H

#include <sqlite3.h>

int store_rank_register(fts5_api *api);

#endif
