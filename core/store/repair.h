/* repair.h - mending what store/verify.h found, where that needs no server. Writer.
 *
 * Each call looks again: what is right by now is left alone.
 */
#ifndef STORE_REPAIR_H
#define STORE_REPAIR_H

#include "store/blobs.h"

/* A placement of an Email that does not exist goes; the next pass fetches the message. */
int store_repair_place(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
/* What is left of an Email that does not exist goes, and its id is not used again: another one would stumble over it.
 */
int store_repair_remains(struct store_tx *tx, int64_t email_id, struct fct_error *err);
/* What the Email lacks is made again: keywords from its placements, envelope and index row from its bytes. `faults`:
 * enum store_email_fault. An Email in no mailbox comes into the inbox if FAULT_NOWHERE is among them; it is destroyed where that loses
 * nothing, since another one has the same bytes or only its header was here. FCT_E_NOT_FOUND. */
int store_repair_email(struct store_tx *tx, int64_t email_id, unsigned faults, struct fct_error *err);
/* The bytes of an Email that were damaged or lost, once more from the server. Where it is known what they hashed to,
 * only the same bytes are taken; where that is lost as well, such as have the Email's size, or of a partial Email
 * (store/partial.h) less. *out_replaced: whether they were. FCT_E_NOT_FOUND. */
int store_repair_bytes(struct store_tx *tx, int64_t email_id, struct blob_stage *s, bool *out_replaced,
                       struct fct_error *err);

#endif
