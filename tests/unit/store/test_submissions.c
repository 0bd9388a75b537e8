/* Messages on their way out: every step, and what may not follow it. */
#include "mail_fixture.h"

#include "store/identities.h"
#include "store/refusals.h"
#include "store/submissions.h"
#include "store/transfers.h"

#define NOW 1800000000

struct world {
    struct fixture f;
    int64_t account, boxes[3]; /* INBOX, Drafts, Sent */
    int64_t email, identity;
};

static void world_done(struct world *w)
{
    fixture_done(&w->f);
}

static int make_roles(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const int64_t *boxes = c->ids;
    const int drafts = FCT_ROLE_DRAFTS, sent = FCT_ROLE_SENT;
    return store_mailbox_update(tx, boxes[1], &(struct store_mailbox_patch){.role = &drafts}, err) < 0
               ? -1
               : store_mailbox_update(tx, boxes[2], &(struct store_mailbox_patch){.role = &sent}, err);
}

static struct world world_new(void)
{
    struct world w = {.f = fixture_new()};
    w.account = add_server(&w.f, (const char *const[]){"INBOX", "Drafts", "Sent"}, 3, w.boxes);
    assert_good(write_call(&w.f, (struct call){.fn = make_roles, .ids = w.boxes}));
    assert_good(create_letter(&w.f, w.account, &w.boxes[2], 1, FCT_FLAG_SEEN,
                              &(struct letter){.id = "out@x", .subject = "s"}, &w.email));
    w.identity = sql_number(&w.f, "SELECT id FROM identity WHERE email = 'jane@example.org'");
    return w;
}

/* ---- calls ---- */

static int create_submission(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_create(tx, c->in, NOW, c->out, err);
}

static int64_t submit(struct world *w, size_t n, int64_t send_at)
{
    char a[] = "a@x", b[] = "b@x", d[] = "c@x", sender[] = "jane@example.org";
    struct store_recipient r[] = {{.address = a}, {.address = b}, {.address = d}};
    int64_t id = 0;
    const struct store_submission s = {.account_id = w->account,
                                       .identity_id = w->identity,
                                       .email_id = w->email,
                                       .sender = sender,
                                       .send_at = send_at,
                                       .recipients = r,
                                       .n_recipients = n};
    assert_good(write_call(&w->f, (struct call){.fn = create_submission, .in = &s, .out = &id}));
    return id;
}

static int load_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_load(tx, c->id, c->out, err);
}

/* "sending: 3 0 2" - its state, and those of its recipients. */
static void assert_state(struct world *w, int64_t id, const char *expected)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    CLEANUP(buf_done) struct buf text = {0};
    assert_good(read_call(&w->f, (struct call){.fn = load_call, .id = id, .out = &s}));
    buf_addf(&text, "%s:", store_submission_state_name(s.state));
    for (size_t i = 0; i < s.n_recipients; i++)
        buf_addf(&text, " %d", s.recipients[i].state);
    assert_string_equal(buf_str(&text), expected);
}

static int cancel_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_cancel(tx, c->id, NOW, err);
}

static int cancel(struct world *w, int64_t id)
{
    return write_call(&w->f, (struct call){.fn = cancel_call, .id = id}).code;
}

static int decide_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_decide(tx, c->id, (int)c->n, NOW, err);
}

static int decide(struct world *w, int64_t id, int state)
{
    return write_call(&w->f, (struct call){.fn = decide_call, .id = id, .n = (size_t)state}).code;
}

struct next {
    int64_t id, at;
};

static int next_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct next *n = c->out;
    struct store_submission_due due = {0};
    size_t found;
    if (store_submissions_due(tx, c->id, c->other, 0, 1, &due, &found, &n->at, err) < 0)
        return -1;
    n->id = found ? due.id : 0;
    return found && due.is_held ? store_submission_release(tx, n->id, err) : 0;
}

static struct next next(struct world *w, int64_t now)
{
    struct next n = {0};
    assert_good(write_call(&w->f, (struct call){.fn = next_call, .id = w->account, .other = now, .out = &n}));
    return n;
}

static char said[] = "250 ok", later[] = "450 later", no[] = "550 no";

static int commit_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_commit(tx, c->id, c->in, c->n, err);
}

/* What the server says of each: 1 yes, 2 later, 3 no. */
static int commit(struct world *w, int64_t id, const char *outcomes)
{
    struct store_recipient_outcome o[3];
    size_t n = strlen(outcomes);
    for (size_t i = 0; i < n; i++) {
        uint32_t outcome = (uint32_t)(outcomes[i] - '0');
        o[i] = (struct store_recipient_outcome){i, outcome, outcome == 1 ? said : outcome == 2 ? later : no};
    }
    return write_call(&w->f, (struct call){.fn = commit_call, .id = id, .in = o, .n = n}).code;
}

static int end_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    int state;
    return store_submission_ended(tx, c->in, &state, err);
}

static void end(struct world *w, struct store_submission_end e)
{
    e.now = NOW;
    assert_good(write_call(&w->f, (struct call){.fn = end_call, .in = &e}));
}

/* What the marks say, by the owner that reserved it: 1 nothing, 2 on the wire, 3 taken. */
static uint32_t told_fate(void *ctx, int64_t reserved_by, int64_t id)
{
    (void)ctx, (void)id;
    return reserved_by == 1 ? FCT_FATE_NOT_SENT : reserved_by == 3 ? FCT_FATE_SENT : FCT_FATE_UNKNOWN;
}

static int recover_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct store_recovery r = {.account_id = c->id, .now = NOW, .fate = told_fate, .ctx = NULL};
    int result = store_submissions_recover(tx, &r, err);
    *(size_t *)c->out = r.n_uncertain;
    return result;
}

static size_t recover(struct world *w)
{
    size_t n = 0;
    assert_good(write_call(&w->f, (struct call){.fn = recover_call, .id = w->account, .out = &n}));
    return n;
}

static int settle_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    size_t left;
    return store_submissions_settle(tx, c->id, NOW, false, c->out, &left, err);
}

static size_t settle(struct world *w)
{
    size_t n = 0;
    assert_good(write_call(&w->f, (struct call){.fn = settle_call, .id = w->account, .out = &n}));
    return n;
}

static int transfers_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct store_transfer *t;
    size_t n;
    int64_t last;
    if (store_transfers_load(tx, c->id, 0, 10, &t, &n, &last, err) < 0)
        return -1;
    store_transfers_free(t, n);
    *(size_t *)c->out = n;
    return 0;
}

/* How many messages wait to be uploaded. */
static size_t uploads(struct world *w)
{
    size_t n = 0;
    assert_good(read_call(&w->f, (struct call){.fn = transfers_call, .id = w->account, .out = &n}));
    return n;
}

static int64_t notices(struct world *w)
{
    return sql_number(&w->f, "SELECT count(*) FROM notice WHERE type = 'notSent'");
}

static int64_t in_mailbox(struct world *w, int role)
{
    CLEANUP(freep)
    char *sql =
        xasprintf("SELECT count(*) FROM placement p JOIN mailbox m ON m.id = p.mailbox_id WHERE m.role = %d AND "
                  "m.account_id = %lld",
                  role, (long long)w->account);
    return sql_number(&w->f, sql);
}

static uint32_t load_flags(struct world *w)
{
    CLEANUP(store_email_done) struct store_email e = load_email(&w->f, w->email);
    return e.flags;
}

/* ---- the way of a message ---- */

static void a_message_is_held_queued_sending_and_sent(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 2, NOW + 10);
    assert_state(&w, id, "held: 0 0");
    struct next n = next(&w, NOW + 9);
    assert_int_equal(n.id, 0);
    assert_int_equal(n.at, NOW + 10);
    assert_int_equal(next(&w, NOW + 10).id, id);
    assert_state(&w, id, "queued: 0 0");
    assert_int_equal(commit(&w, id, "11"), 0);
    assert_state(&w, id, "sending: 3 3");
    assert_int_equal(next(&w, NOW + 10).id, 0); /* on the wire: nobody begins it again */
    assert_int_equal(uploads(&w), 0);
    end(&w, (struct store_submission_end){.id = id, .fate = FCT_FATE_SENT, .was_committed = true, .reply = said});
    assert_state(&w, id, "sent: 1 1");
    assert_int_equal(uploads(&w), 1); /* the copy in Sent, now that it has left */
    assert_int_equal(notices(&w), 0);
}

/* A window of `window` seconds: at each second of it, it can be taken back, and then never goes out. */
static void assert_taken_back_within(struct world *w, int64_t window)
{
    for (int64_t at = 0; at < window; at++) {
        int64_t id = submit(w, 1, NOW + window);
        assert_int_equal(next(w, NOW + at).id, 0);
        assert_int_equal(cancel(w, id), 0);
        assert_state(w, id, "canceled: 0");
        assert_int_equal(next(w, NOW + window).id, 0);
        assert_int_equal(commit(w, id, "1"), FCT_E_CANCELLED);
    }
    int64_t id = submit(w, 1, NOW + window);
    assert_int_equal(next(w, NOW + window).id, id); /* over, and not on the wire yet */
    assert_int_equal(cancel(w, id), 0);
    id = submit(w, 1, NOW + window);
    assert_int_equal(next(w, NOW + window).id, id);
    assert_int_equal(commit(w, id, "1"), 0);
    assert_int_equal(cancel(w, id), FCT_E_FORBIDDEN);
}

static void it_is_taken_back_at_any_second_of_its_window(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    assert_taken_back_within(&w, 5);
    assert_taken_back_within(&w, 10);
}

static void one_refused_of_three_is_told_and_one_put_off_is_tried_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 3, NOW);
    assert_int_equal(next(&w, NOW).id, id);
    assert_int_equal(commit(&w, id, "132"), 0);
    end(&w, (struct store_submission_end){
                .id = id, .fate = FCT_FATE_SENT, .was_committed = true, .reply = said, .next_try_at = NOW + 60});
    assert_state(&w, id, "queued: 1 2 0");
    assert_int_equal(cancel(&w, id), FCT_E_FORBIDDEN); /* some have it */
    assert_int_equal(next(&w, NOW + 59).id, 0);
    assert_int_equal(next(&w, NOW + 60).id, id);
    struct store_recipient_outcome o = {2, FCT_OUTCOME_ACCEPTED, said};
    assert_good(write_call(&w.f, (struct call){.fn = commit_call, .id = id, .in = &o, .n = 1}));
    assert_state(&w, id, "sending: 1 2 3");
    end(&w, (struct store_submission_end){.id = id, .fate = FCT_FATE_SENT, .was_committed = true, .reply = said});
    assert_state(&w, id, "sent: 1 2 1");
    assert_int_equal(notices(&w), 1);
}

static void a_refusal_for_good_fails_and_a_temporary_one_waits(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 2, NOW);
    assert_int_equal(next(&w, NOW).id, id);
    assert_int_equal(commit(&w, id, "11"), 0);
    end(&w, (struct store_submission_end){.id = id,
                                          .fate = FCT_FATE_NOT_SENT,
                                          .was_committed = true,
                                          .reply = later,
                                          .error = "{}",
                                          .next_try_at = NOW + 60});
    assert_state(&w, id, "queued: 0 0");
    assert_int_equal(commit(&w, id, "11"), 0);
    end(&w,
        (struct store_submission_end){
            .id = id, .fate = FCT_FATE_NOT_SENT, .was_committed = true, .is_final = true, .reply = no, .error = "{}"});
    assert_state(&w, id, "failed: 2 2");
    assert_int_equal(notices(&w), 1);
    assert_int_equal(in_mailbox(&w, FCT_ROLE_SENT), 0); /* it is a draft again */
    assert_int_equal(in_mailbox(&w, FCT_ROLE_DRAFTS), 1);
    assert_int_equal(load_flags(&w) & FCT_FLAG_DRAFT, FCT_FLAG_DRAFT);
    assert_int_equal(decide(&w, id, SUBMISSION_SENT), FCT_E_FORBIDDEN);
    assert_int_equal(decide(&w, id, SUBMISSION_QUEUED), 0);
    assert_state(&w, id, "queued: 0 0");
    assert_int_equal(in_mailbox(&w, FCT_ROLE_SENT), 1);
    assert_int_equal(in_mailbox(&w, FCT_ROLE_DRAFTS), 0);
    assert_int_equal(load_flags(&w) & FCT_FLAG_DRAFT, 0);
    verify_counters(&w.f);
    assert_int_equal(cancel(&w, id), 0);
    assert_state(&w, id, "canceled: 0 0");
    assert_int_equal(next(&w, NOW + 100).id, 0);
}

static int put_off_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_put_off(tx, c->id, "{}", err);
}

static void a_clock_that_was_wrong_keeps_no_message_back(void **state)
{
    const int64_t year = 366 * 86400;
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 1, NOW);
    assert_int_equal(next(&w, NOW - year).id, id); /* set right after it was submitted */
    assert_int_equal(commit(&w, id, "2"), 0);
    end(&w, (struct store_submission_end){
                .id = id, .fate = FCT_FATE_NOT_SENT, .was_committed = true, .error = "{}", .next_try_at = NOW + 60});
    assert_int_equal(next(&w, NOW + 59).id, 0);
    assert_int_equal(next(&w, NOW - 3600 + 60).id, 0);
    assert_int_equal(next(&w, NOW - 3600 + 59).id, id);
    int64_t held = submit(&w, 1, NOW + 10); /* what a person wants to go out then does not go out before */
    assert_int_equal(cancel(&w, id), 0);
    assert_int_equal(next(&w, NOW - year).id, 0);
    assert_int_equal(next(&w, NOW + 10).id, held);
}

static void a_server_that_is_not_reached_is_no_try_of_a_message(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 1, NOW);
    for (int i = 0; i < 3; i++)
        end(&w,
            (struct store_submission_end){.id = id, .fate = FCT_FATE_NOT_SENT, .error = "{}", .next_try_at = NOW + 60});
    assert_good(write_call(&w.f, (struct call){.fn = put_off_call, .id = id}));
    assert_int_equal(sql_number(&w.f, "SELECT tries FROM submission"), 3);
    assert_int_equal(next(&w, NOW + 59).id, 0);
}

static void what_was_taken_back_cannot_be_committed(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 1, NOW);
    assert_int_equal(next(&w, NOW).id, id);
    assert_int_equal(cancel(&w, id), 0);
    assert_int_equal(commit(&w, id, "1"), FCT_E_CANCELLED);
    end(&w, (struct store_submission_end){.id = id, .fate = FCT_FATE_NOT_SENT, .is_final = true});
    assert_state(&w, id, "canceled: 0");
    id = submit(&w, 1, NOW);
    assert_int_equal(commit(&w, id, "1"), 0);
    assert_int_equal(cancel(&w, id), FCT_E_FORBIDDEN);
    assert_int_equal(commit(&w, id, "1"), FCT_E_CANCELLED); /* nor is it begun twice */
}

static void what_was_on_the_wire_when_the_program_ended_is_uncertain_and_never_sent_by_itself(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t on_wire = submit(&w, 1, NOW), waits = submit(&w, 1, NOW);
    assert_int_equal(commit(&w, on_wire, "1"), 0);
    assert_int_equal(recover(&w), 1);
    assert_state(&w, on_wire, "uncertain: 3");
    assert_state(&w, waits, "queued: 0");
    assert_int_equal(next(&w, NOW).id, waits);
    assert_int_equal(cancel(&w, on_wire), FCT_E_FORBIDDEN);
    assert_int_equal(cancel(&w, waits), 0);
    assert_int_equal(next(&w, NOW * INT64_C(2)).id, 0);
    assert_int_equal(uploads(&w), 0);
    assert_int_equal(recover(&w), 0);
    assert_int_equal(decide(&w, on_wire, SUBMISSION_SENT), 0);
    assert_state(&w, on_wire, "sent: 1");
    assert_int_equal(uploads(&w), 1);
}

static void an_uncertain_one_is_settled_by_a_copy_that_came_after_it(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    const struct letter copy = {.id = "out@x", .subject = "s", .body = "with a trace of its way"};
    arrive_letter(&w.f, w.account, w.boxes[0], 5, NOW - 1000, 0, &copy); /* which was there before proves nothing */
    int64_t id = submit(&w, 1, NOW);
    assert_int_equal(commit(&w, id, "1"), 0);
    end(&w, (struct store_submission_end){.id = id, .fate = FCT_FATE_UNKNOWN, .was_committed = true, .error = "{}"});
    assert_state(&w, id, "uncertain: 3");
    assert_int_equal(settle(&w), 0);
    arrive_letter(&w.f, w.account, w.boxes[1], 6, NOW, 0,
                  &(struct letter){.id = "out@x", .subject = "s", .body = "a draft"});
    assert_int_equal(settle(&w), 0);
    arrive_letter(&w.f, w.account, w.boxes[2], 7, NOW, 0,
                  &(struct letter){.id = "out@x", .subject = "s", .body = "filed"});
    assert_int_equal(settle(&w), 1);
    assert_state(&w, id, "sent: 1");
}

static void where_the_server_files_a_copy_ours_goes(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 1, NOW);
    assert_int_equal(commit(&w, id, "1"), 0);
    end(&w,
        (struct store_submission_end){.id = id, .fate = FCT_FATE_SENT, .was_committed = true, .server_files = true});
    assert_state(&w, id, "sent: 1");
    assert_int_equal(uploads(&w), 0);
    assert_int_equal(
        sql_number(&w.f, "SELECT count(*) FROM placement p JOIN mailbox m ON m.id = p.mailbox_id WHERE m.role = 4"), 0);
    verify_counters(&w.f);
}

/* A receipt (RFC 9007) for an Email, with the bytes of another message. */
static int64_t submit_receipt(struct world *w, int64_t email, int64_t blob)
{
    char address[] = "boss@x", sender[] = "", message_id[] = "receipt@x";
    struct store_recipient r = {.address = address};
    int64_t id = 0;
    const struct store_submission s = {.account_id = w->account,
                                       .identity_id = w->identity,
                                       .email_id = email,
                                       .blob_id = blob,
                                       .message_id = message_id,
                                       .sender = sender,
                                       .send_at = NOW,
                                       .recipients = &r,
                                       .n_recipients = 1};
    assert_good(write_call(&w->f, (struct call){.fn = create_submission, .in = &s, .out = &id}));
    return id;
}

/* A message that came asks for a receipt, which is submitted beside it. */
static void a_receipt_that_waits_keeps_nobody_from_moving_what_it_is_for(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t letter = arrive_letter(&w.f, w.account, w.boxes[0], 5, NOW, 0, &(struct letter){.id = "asks@x"});
    CLEANUP(store_email_done) struct store_email out = load_email(&w.f, w.email);
    int64_t id = submit_receipt(&w, letter, out.blob_id);
    size_t before = uploads(&w);
    assert_good(set_mailboxes(&w.f, letter, &w.boxes[1], 1));
    assert_int_equal(uploads(&w), before + 1);
    assert_state(&w, id, "queued: 0");
}

/* One writes to oneself and asks for a receipt, or files what came among what was sent: no server knows yet that it is
 * there, as with what waits to be sent. */
static void whatever_becomes_of_a_receipt_its_letter_stays(void **state)
{
    static const struct store_submission_end ends[] = {
        {.fate = FCT_FATE_NOT_SENT, .was_committed = true, .is_final = true, .reply = no, .error = "{}"},
        {.fate = FCT_FATE_SENT, .was_committed = true, .reply = said},
        {.fate = FCT_FATE_SENT, .was_committed = true, .reply = said, .server_files = true},
        {.fate = FCT_FATE_UNKNOWN, .was_committed = true, .error = "{}"},
    };
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t letter = arrive_letter(&w.f, w.account, w.boxes[0], 5, NOW, 0, &(struct letter){.id = "asks@x"});
    CLEANUP(store_email_done) struct store_email out = load_email(&w.f, w.email);
    assert_good(set_mailboxes(&w.f, letter, &w.boxes[2], 1));
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        int64_t id = submit_receipt(&w, letter, out.blob_id);
        struct store_submission_end e = ends[i];
        e.id = id;
        assert_int_equal(commit(&w, id, "1"), 0);
        end(&w, e);
        if (e.fate == FCT_FATE_UNKNOWN)
            assert_int_equal(decide(&w, id, SUBMISSION_FAILED), 0);
        CLEANUP(store_email_done) struct store_email now = load_email(&w.f, letter);
        assert_int_equal(now.n_mailboxes, 1);
        assert_int_equal(now.mailbox_ids[0], w.boxes[2]);
        assert_int_equal(now.flags & FCT_FLAG_DRAFT, 0);
        if (e.fate == FCT_FATE_SENT)
            continue;
        assert_state(&w, id, "failed: 2");
        assert_int_equal(decide(&w, id, SUBMISSION_QUEUED), 0); /* tried again, and taken back */
        assert_int_equal(cancel(&w, id), 0);
    }
    assert_int_equal(in_mailbox(&w, FCT_ROLE_DRAFTS), 0);
    assert_int_equal(in_mailbox(&w, FCT_ROLE_SENT), 2);
    verify_counters(&w.f);
}

/* ---- what was answered ---- */

static uint32_t flags_of(struct world *w, int64_t email)
{
    CLEANUP(store_email_done) struct store_email e = load_email(&w->f, email);
    return e.flags;
}

static int64_t write_letter(struct world *w, const char *in_reply_to, const char *references)
{
    static int n;
    int64_t id;
    CLEANUP(freep) char *message_id = xasprintf("answer%d@x", n++);
    const struct letter l = {
        .id = message_id, .in_reply_to = in_reply_to, .references = references, .subject = "Re: lunch"};
    assert_good(create_letter(&w->f, w->account, &w->boxes[2], 1, FCT_FLAG_SEEN, &l, &id));
    return id;
}

static void send_out(struct world *w, int64_t email, enum fct_fate fate)
{
    w->email = email;
    int64_t id = submit(w, 1, NOW);
    assert_int_equal(commit(w, id, "1"), 0);
    end(w, (struct store_submission_end){
               .id = id, .fate = fate, .was_committed = true, .is_final = true, .reply = no, .error = "{}"});
    if (fate == FCT_FATE_UNKNOWN)
        assert_int_equal(decide(w, id, SUBMISSION_SENT), 0);
}

static void what_is_sent_marks_what_it_answers_or_forwards(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t first = arrive_letter(&w.f, w.account, w.boxes[0], 5, NOW, 0, &(struct letter){.id = "1@x"});
    int64_t second = arrive_letter(&w.f, w.account, w.boxes[0], 6, NOW, FCT_FLAG_SEEN,
                                   &(struct letter){.id = "2@x", .references = "<1@x>"});
    int64_t draft = write_letter(&w, "2@x", "<1@x> <2@x>");
    int64_t id = (w.email = draft, submit(&w, 1, NOW));
    assert_int_equal(cancel(&w, id), 0); /* taken back: it is a draft, and may be thrown away */
    assert_int_equal(flags_of(&w, second), FCT_FLAG_SEEN);
    send_out(&w, draft, FCT_FATE_NOT_SENT); /* refused for good */
    assert_int_equal(flags_of(&w, second), FCT_FLAG_SEEN);
    send_out(&w, draft, FCT_FATE_SENT);
    assert_int_equal(flags_of(&w, second), FCT_FLAG_SEEN | FCT_FLAG_ANSWERED);
    assert_int_equal(flags_of(&w, first), 0); /* its thread, and no answer to it */
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending WHERE kind = 1 AND uid IN (5, 6)"),
                     1); /* the server is told, once */
    send_out(&w, write_letter(&w, "2@x", NULL), FCT_FATE_UNKNOWN);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending WHERE kind = 1 AND uid IN (5, 6)"), 1);
    send_out(&w, write_letter(&w, NULL, "<2@x> <1@x>"), FCT_FATE_UNKNOWN);
    assert_int_equal(flags_of(&w, first), FCT_FLAG_FORWARDED);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending WHERE kind = 1 AND uid IN (5, 6)"), 2);
    send_out(&w, write_letter(&w, "nobody@x", NULL), FCT_FATE_SENT);
    verify_counters(&w.f);
}

static void what_came_to_one_account_may_be_answered_from_another(void **state)
{
    int64_t box, inbox, there, here;
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    box = sql_number(&w.f, "SELECT id FROM account WHERE source_url = 'local:'");
    inbox = sql_number(&w.f, "SELECT m.id FROM mailbox m JOIN account a ON a.id = m.account_id WHERE a.source_url = "
                             "'local:' AND m.role = 1");
    assert_good(create_letter(&w.f, box, &inbox, 1, 0, &(struct letter){.id = "1@x"}, &there));
    send_out(&w, write_letter(&w, "1@x", NULL), FCT_FATE_SENT);
    assert_int_equal(flags_of(&w, there), FCT_FLAG_ANSWERED);
    /* where both have it, it is the sender's own that is meant */
    assert_good(create_letter(&w.f, box, &inbox, 1, 0, &(struct letter){.id = "2@x"}, &there));
    here = arrive_letter(&w.f, w.account, w.boxes[0], 9, NOW, 0, &(struct letter){.id = "2@x"});
    send_out(&w, write_letter(&w, "2@x", NULL), FCT_FATE_SENT);
    assert_int_equal(flags_of(&w, here), FCT_FLAG_ANSWERED);
    assert_int_equal(flags_of(&w, there), 0);
}

static int sweep_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submissions_sweep(tx, c->other, 10, c->out, err);
}

static int remove_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_destroy(tx, c->id, err);
}

static void the_bytes_stay_until_it_has_ended_and_was_forgotten(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 1, NOW);
    assert_good(destroy_email(&w.f, w.email));
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM blob WHERE expires_at IS NOT NULL"), 0);
    assert_int_equal(commit(&w, id, "1"), 0);
    end(&w,
        (struct store_submission_end){.id = id, .fate = FCT_FATE_SENT, .was_committed = true, .server_files = true});
    assert_state(&w, id, "sent: 1");
    assert_good(write_call(&w.f, (struct call){.fn = remove_call, .id = id}));
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM blob WHERE expires_at IS NOT NULL"), 1);
}

static void records_go_when_they_are_old_or_somebody_wants_it_but_not_before_they_ended(void **state)
{
    struct store_changes changes;
    size_t n = 0;
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t ended = submit(&w, 1, NOW), waits = submit(&w, 1, NOW), removed = submit(&w, 1, NOW);
    assert_int_equal(cancel(&w, ended), 0);
    assert_int_equal(cancel(&w, removed), 0);
    int64_t before = state_of(&w.f, w.account, STORE_SUBMISSION);
    assert_int_equal(write_call(&w.f, (struct call){.fn = remove_call, .id = waits}).code, FCT_E_FORBIDDEN);
    assert_good(write_call(&w.f, (struct call){.fn = remove_call, .id = removed}));
    assert_good(write_call(&w.f, (struct call){.fn = sweep_call, .other = NOW, .out = &n}));
    assert_int_equal(n, 0);
    assert_good(write_call(&w.f, (struct call){.fn = sweep_call, .other = NOW + 1, .out = &n}));
    assert_int_equal(n, 1);
    assert_state(&w, waits, "queued: 0");
    assert_good(changes_since(&w.f, w.account, STORE_SUBMISSION, before, 0, &changes));
    assert_int_equal(changes.n_destroyed, 2);
    store_changes_done(&changes);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM submission_recipient"), 1);
}

static int account_gone_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_destroy(tx, c->id, err);
}

static void an_account_takes_everything_along(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    submit(&w, 2, NOW);
    assert_good(write_call(&w.f, (struct call){.fn = account_gone_call, .id = w.account}));
    assert_int_equal(sql_number(&w.f, "SELECT (SELECT count(*) FROM submission) + (SELECT count(*) FROM identity) + "
                                      "(SELECT count(*) FROM submission_recipient)"),
                     0);
}

/* ---- identities ---- */

static int make_identity(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    char nothing[] = "";
    const struct store_identity i = {.account_id = c->id,
                                     .name = nothing,
                                     .email = (char *)c->in,
                                     .text_signature = nothing,
                                     .html_signature = nothing};
    return store_identity_create(tx, &i, c->out, err);
}

static int allows_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_identity_allows(tx, c->id, c->other, c->in, c->out, err);
}

static bool allows(struct world *w, int64_t identity, const char *address)
{
    bool is_allowed = false;
    assert_good(read_call(
        &w->f,
        (struct call){.fn = allows_call, .id = w->account, .other = identity, .in = address, .out = &is_allowed}));
    return is_allowed;
}

static void an_account_sends_from_its_identities_only(void **state)
{
    static const char *const bad[] = {"", "a", "@x", "a@", "a b@x", "a@x\r\nBcc: b@x", "<a@x>", "a@x,b@x"};
    int64_t all = 0;
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    assert_true(allows(&w, 0, "jane@example.org"));
    assert_true(allows(&w, 0, "Jane@Example.ORG"));
    assert_false(allows(&w, 0, "joe@example.org"));
    assert_good(
        write_call(&w.f, (struct call){.fn = make_identity, .id = w.account, .in = "*@work.example", .out = &all}));
    assert_true(allows(&w, 0, "any@work.example"));
    assert_true(allows(&w, all, "any@work.example"));
    assert_false(allows(&w, all, "jane@example.org"));
    assert_false(allows(&w, 0, "any@notwork.example"));
    assert_false(allows(&w, 0, "any@work.example@evil.example"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(
            write_call(&w.f, (struct call){.fn = make_identity, .id = w.account, .in = bad[i], .out = &all}).code,
            FCT_E_INVALID);
}

struct reservation {
    int64_t owner;
    bool is_reserved;
};

static int reserve_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct reservation *r = c->out;
    return store_submission_reserve(tx, c->id, r->owner, &r->is_reserved, err);
}

static bool reserve(struct world *w, int64_t id, int64_t owner)
{
    struct reservation r = {.owner = owner};
    assert_good(write_call(&w->f, (struct call){.fn = reserve_call, .id = id, .out = &r}));
    return r.is_reserved;
}

static int unreserve_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_unreserve(tx, c->id, NOW, err);
}

static void what_is_reserved_is_recovered_as_its_mark_says(void **state)
{
    static const char *const after[] = {"queued: 0 0 0", "uncertain: 3 3 3", "sent: 1 1 1"};
    (void)state;
    for (int64_t owner = 1; owner <= 3; owner++) {
        CLEANUP(world_done) struct world w = world_new();
        int64_t id = submit(&w, 3, NOW);
        assert_true(reserve(&w, id, owner));
        assert_false(reserve(&w, id, owner));
        assert_state(&w, id, "sending: 3 3 3");
        assert_int_equal(cancel(&w, id), FCT_E_FORBIDDEN);
        assert_int_equal(recover(&w), owner == 2);
        assert_state(&w, id, after[owner - 1]);
        assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM submission WHERE reserved_by IS NOT NULL"), 0);
    }
}

static void what_is_reserved_and_not_for_all_is_written_down_before_it_goes_out(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 3, NOW);
    assert_true(reserve(&w, id, 1)); /* whose mark would say that nothing went out */
    assert_int_equal(commit(&w, id, "132"), 0);
    assert_state(&w, id, "sending: 3 2 0");
    assert_int_equal(recover(&w), 1);
    assert_state(&w, id, "uncertain: 3 2 0");
}

static void what_was_reserved_and_did_not_go_out_waits_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = submit(&w, 2, NOW);
    assert_true(reserve(&w, id, 1));
    assert_good(write_call(&w.f, (struct call){.fn = unreserve_call, .id = id}));
    assert_state(&w, id, "queued: 0 0");
    assert_int_equal(cancel(&w, id), 0);
    assert_false(reserve(&w, id, 1));
}

static int fill_unconfirmed(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct store_submission *s = c->in;
    int64_t id;
    for (int i = 0; i < SUBMISSIONS_UNCONFIRMED_MAX; i++)
        if (store_submission_create(tx, s, NOW, &id, err) < 0)
            return -1;
    *(int64_t *)c->out = id;
    return 0;
}

static int confirm_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_confirm(tx, c->id, NOW, err);
}

/* Who may only propose does not keep others from sending. */
static void what_waits_for_confirmation_leaves_room(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    char to[] = "a@x", sender[] = "jane@example.org";
    struct store_recipient r = {.address = to};
    struct fct_error err = {0};
    int64_t id = 0, other;
    const struct store_submission s = {.account_id = w.account,
                                       .identity_id = w.identity,
                                       .email_id = w.email,
                                       .sender = sender,
                                       .send_at = NOW,
                                       .needs_confirmation = true,
                                       .recipients = &r,
                                       .n_recipients = 1};
    const struct call once = {.fn = create_submission, .in = &s, .out = &other};
    assert_good(write_call(&w.f, (struct call){.fn = fill_unconfirmed, .in = &s, .out = &id}));
    err = write_call(&w.f, once);
    assert_int_equal(err.code, FCT_E_LIMIT);
    submit(&w, 1, NOW);
    assert_good(write_call(&w.f, (struct call){.fn = confirm_call, .id = id}));
    assert_good(write_call(&w.f, once));
    err = write_call(&w.f, once);
    assert_int_equal(err.code, FCT_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_held_queued_sending_and_sent),
        cmocka_unit_test(it_is_taken_back_at_any_second_of_its_window),
        cmocka_unit_test(one_refused_of_three_is_told_and_one_put_off_is_tried_again),
        cmocka_unit_test(a_clock_that_was_wrong_keeps_no_message_back),
        cmocka_unit_test(a_server_that_is_not_reached_is_no_try_of_a_message),
        cmocka_unit_test(a_refusal_for_good_fails_and_a_temporary_one_waits),
        cmocka_unit_test(what_was_taken_back_cannot_be_committed),
        cmocka_unit_test(what_was_on_the_wire_when_the_program_ended_is_uncertain_and_never_sent_by_itself),
        cmocka_unit_test(an_uncertain_one_is_settled_by_a_copy_that_came_after_it),
        cmocka_unit_test(where_the_server_files_a_copy_ours_goes),
        cmocka_unit_test(a_receipt_that_waits_keeps_nobody_from_moving_what_it_is_for),
        cmocka_unit_test(whatever_becomes_of_a_receipt_its_letter_stays),
        cmocka_unit_test(what_is_sent_marks_what_it_answers_or_forwards),
        cmocka_unit_test(what_came_to_one_account_may_be_answered_from_another),
        cmocka_unit_test(the_bytes_stay_until_it_has_ended_and_was_forgotten),
        cmocka_unit_test(records_go_when_they_are_old_or_somebody_wants_it_but_not_before_they_ended),
        cmocka_unit_test(what_waits_for_confirmation_leaves_room),
        cmocka_unit_test(an_account_takes_everything_along),
        cmocka_unit_test(an_account_sends_from_its_identities_only),
        cmocka_unit_test(what_is_reserved_is_recovered_as_its_mark_says),
        cmocka_unit_test(what_is_reserved_and_not_for_all_is_written_down_before_it_goes_out),
        cmocka_unit_test(what_was_reserved_and_did_not_go_out_waits_again),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
