#include "parser.h"

#include <string.h>
#include <strings.h>

void imap_parser_init(struct imap_parser *p, struct imap_feed feed)
{
    *p = (struct imap_parser){.feed = feed};
}

void imap_parser_init_text(struct imap_parser *p, struct fct_bytes text)
{
    *p = (struct imap_parser){.at = text.p, .end = text.p + text.n, .in_response = true};
}

void imap_parser_done(struct imap_parser *p)
{
    wire_buffer_done(&p->scratch);
}

static int fail(struct fct_error *err, const char *what)
{
    return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server's answer is no IMAP: %s", what);
}

bool imap_number(struct fct_bytes text, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    if (text.n == 0 || text.n > 20)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        unsigned digit = (unsigned)(text.p[i] - '0');
        if (digit > max || n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

/* ---- tokens --------------------------------------------------------------------------------------------- */

static int read_line(struct imap_parser *p, struct fct_error *err)
{
    struct fct_bytes line;
    if (!p->feed.line)
        return fail(err, "a literal where none may be");
    if (p->feed.line(p->feed.ctx, &line, err) < 0)
        return -1;
    p->at = line.p;
    p->end = line.p + line.n;
    p->needs_line = false;
    return 0;
}

static bool ends_atom(char c)
{
    return c == ' ' || c == '(' || c == ')' || c == '"' || (unsigned char)c < 0x20 || c == 0x7f;
}

static bool begins_section(struct fct_bytes word)
{
    return wire_equal(word, "BODY") || wire_equal(word, "BODY.PEEK") || wire_equal(word, "BINARY") ||
           wire_equal(word, "BINARY.SIZE");
}

/* An atom reaches to the next separator, but the name of a section, as BODY[HEADER.FIELDS (TO)]<0>, beyond its bracket.
 * In other atoms '[' is a character like any other. */
static void take_atom(struct imap_parser *p, struct imap_token *tok)
{
    const char *start = p->at;
    while (p->at < p->end && !ends_atom(*p->at)) {
        if (*p->at == '[' && begins_section((struct fct_bytes){start, (size_t)(p->at - start)})) {
            const char *close = memchr(p->at, ']', (size_t)(p->end - p->at));
            if (close)
                p->at = close;
        }
        p->at++;
    }
    tok->kind = IMAP_ATOM;
    tok->text = (struct fct_bytes){start, (size_t)(p->at - start)};
    if (wire_equal(tok->text, "NIL"))
        tok->kind = IMAP_NIL;
}

static int take_quoted(struct imap_parser *p, struct imap_token *tok, struct fct_error *err)
{
    const char *start = ++p->at;
    bool escaped = false;
    while (p->at < p->end && *p->at != '"') {
        if (*p->at == '\\' && p->at + 1 < p->end) {
            escaped = true;
            p->at++;
        }
        p->at++;
    }
    if (p->at == p->end)
        return fail(err, "a quoted string without its end");
    tok->kind = IMAP_QUOTED;
    tok->text = (struct fct_bytes){start, (size_t)(p->at - start)};
    p->at++;
    if (!escaped)
        return 0;
    p->scratch.n = 0;
    for (size_t i = 0; i < tok->text.n; i++) {
        if (tok->text.p[i] == '\\')
            i++;
        wire_buffer_add_char(&p->scratch, tok->text.p[i]);
    }
    tok->text = wire_buffer_bytes(&p->scratch);
    return 0;
}

/* "{12}" and "~{12}" (RFC 3516), always at the end of a line. */
static int take_literal(struct imap_parser *p, struct imap_token *tok, struct fct_error *err)
{
    const char *start = p->at + (*p->at == '~' ? 2 : 1);
    const char *close = p->end - 1;
    if (start >= p->end || *close != '}')
        return fail(err, "a literal is announced in the middle of a line");
    if (!imap_number((struct fct_bytes){start, (size_t)(close - start)}, IMAP_BODY_MAX, &tok->octets))
        return fail(err, "a literal's size is no number of 32 bits");
    tok->kind = IMAP_LITERAL;
    p->at = p->end;
    p->literal_left = tok->octets;
    p->needs_line = true;
    return 0;
}

static int take_open(struct imap_parser *p, struct imap_token *tok, struct fct_error *err)
{
    if (++p->depth > IMAP_DEPTH_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server's answer nests more than %d lists",
                        IMAP_DEPTH_MAX);
    p->at++;
    tok->kind = IMAP_OPEN;
    return 0;
}

static int take_close(struct imap_parser *p, struct imap_token *tok, struct fct_error *err)
{
    if (p->depth == 0)
        return fail(err, "a closing parenthesis too many");
    p->depth--;
    p->at++;
    tok->kind = IMAP_CLOSE;
    return 0;
}

static int drop_literal(struct imap_parser *p, struct fct_error *err)
{
    struct fct_bytes part;
    do
        if (imap_literal_some(p, &part, err) < 0)
            return -1;
    while (part.n > 0);
    return 0;
}

int imap_next(struct imap_parser *p, struct imap_token *tok, struct fct_error *err)
{
    *tok = (struct imap_token){.kind = IMAP_END};
    if (!p->in_response)
        return 0;
    if (p->literal_left > 0 && drop_literal(p, err) < 0)
        return -1;
    if (p->needs_line && read_line(p, err) < 0)
        return -1;
    while (p->at < p->end && *p->at == ' ')
        p->at++;
    if (p->at == p->end) {
        if (p->depth > 0)
            return fail(err, "a list without its end");
        p->in_response = false;
        return 0;
    }
    if (++p->tokens > IMAP_TOKENS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server's answer has more than %u words",
                        IMAP_TOKENS_MAX);
    char c = *p->at;
    if (c == '(')
        return take_open(p, tok, err);
    if (c == ')')
        return take_close(p, tok, err);
    if (c == '"')
        return take_quoted(p, tok, err);
    if (c == '{' || (c == '~' && p->end - p->at > 1 && p->at[1] == '{'))
        return take_literal(p, tok, err);
    if ((unsigned char)c < 0x20 || c == 0x7f)
        return fail(err, "a control character");
    take_atom(p, tok);
    return 0;
}

int imap_literal_some(struct imap_parser *p, struct fct_bytes *out, struct fct_error *err)
{
    *out = (struct fct_bytes){0};
    if (p->literal_left == 0)
        return 0;
    if (!p->feed.octets)
        return fail(err, "a literal where none may be");
    size_t max = p->literal_left < SIZE_MAX ? (size_t)p->literal_left : SIZE_MAX;
    if (p->feed.octets(p->feed.ctx, max, out, err) < 0)
        return -1;
    p->literal_left -= out->n;
    return 0;
}

static int collect_literal(struct imap_parser *p, uint64_t octets, struct fct_bytes *out, struct fct_error *err)
{
    if (octets > IMAP_LITERAL_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER,
                        "the server sends a literal of %llu octets outside of a message, more than %zu",
                        (unsigned long long)octets, IMAP_LITERAL_MAX);
    p->scratch.n = 0;
    for (;;) {
        struct fct_bytes part;
        if (imap_literal_some(p, &part, err) < 0)
            return -1;
        if (part.n == 0)
            break;
        wire_buffer_add(&p->scratch, part.p, part.n);
    }
    *out = (struct fct_bytes){wire_buffer_str(&p->scratch), p->scratch.n};
    return 0;
}

int imap_string(struct imap_parser *p, const struct imap_token *tok, struct fct_bytes *out, struct fct_error *err)
{
    switch (tok->kind) {
    case IMAP_ATOM:
    case IMAP_QUOTED:
        *out = tok->text;
        return 0;
    case IMAP_NIL:
        *out = (struct fct_bytes){0};
        return 0;
    case IMAP_LITERAL:
        return collect_literal(p, tok->octets, out, err);
    case IMAP_END:
    case IMAP_OPEN:
    case IMAP_CLOSE:
        break;
    }
    return fail(err, "a string is missing");
}

int imap_next_string(struct imap_parser *p, struct fct_bytes *out, struct fct_error *err)
{
    struct imap_token tok;
    return imap_next(p, &tok, err) < 0 ? -1 : imap_string(p, &tok, out, err);
}

int imap_expect(struct imap_parser *p, enum imap_token_kind kind, struct fct_error *err)
{
    struct imap_token tok;
    if (imap_next(p, &tok, err) < 0)
        return -1;
    if (tok.kind == kind)
        return 0;
    return fail(err, kind == IMAP_OPEN    ? "a list is missing"
                     : kind == IMAP_CLOSE ? "a list goes on"
                                          : "something is missing");
}

static bool begins_extended_data(const char *at, const char *end)
{
    static const char *const known[] = {" (\"", " (CHILDINFO ", " (OLDNAME "};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t n = strlen(known[i]);
        if ((size_t)(end - at) >= n && strncasecmp(at, known[i], n) == 0)
            return true;
    }
    return false;
}

bool imap_take_bare_rest(struct imap_parser *p, struct fct_bytes *out)
{
    if (!p->in_response || p->needs_line)
        return false;
    while (p->at < p->end && *p->at == ' ')
        p->at++;
    if (p->at == p->end || strchr("\"{(", *p->at) || (*p->at == '~' && p->end - p->at > 1 && p->at[1] == '{'))
        return false;
    const char *start = p->at;
    while (p->at < p->end && !begins_extended_data(p->at, p->end))
        p->at++;
    const char *stop = p->at;
    while (stop > start && stop[-1] == ' ')
        stop--;
    *out = (struct fct_bytes){start, (size_t)(stop - start)};
    return true;
}

int imap_skip_value(struct imap_parser *p, const struct imap_token *tok, struct fct_error *err)
{
    if (tok->kind == IMAP_END || tok->kind == IMAP_CLOSE)
        return fail(err, "a value is missing");
    if (tok->kind == IMAP_LITERAL)
        return drop_literal(p, err);
    if (tok->kind != IMAP_OPEN)
        return 0;
    for (unsigned outside = p->depth - 1; p->depth > outside;) {
        struct imap_token inner;
        if (imap_next(p, &inner, err) < 0)
            return -1;
        if (inner.kind == IMAP_END)
            return fail(err, "a list without its end");
    }
    return 0;
}

int imap_skip_rest(struct imap_parser *p, struct fct_error *err)
{
    while (p->in_response) {
        if (p->literal_left > 0 && drop_literal(p, err) < 0)
            return -1;
        if (p->needs_line && read_line(p, err) < 0)
            return -1;
        /* Only a literal makes a response longer than its line: look for nothing else. */
        const char *open = p->end > p->at && p->end[-1] == '}' ? memrchr(p->at, '{', (size_t)(p->end - p->at)) : NULL;
        struct imap_token tok;
        uint64_t n;
        if (open && imap_number((struct fct_bytes){open + 1, (size_t)(p->end - open) - 2}, UINT64_MAX, &n)) {
            if (++p->tokens > IMAP_TOKENS_MAX)
                return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server's answer has more than %u words",
                                IMAP_TOKENS_MAX);
            p->at = open;
            if (take_literal(p, &tok, err) < 0)
                return -1;
        } else {
            p->in_response = false;
        }
    }
    return 0;
}

/* ---- heads ---------------------------------------------------------------------------------------------- */

static struct fct_bytes take_word(struct imap_parser *p)
{
    while (p->at < p->end && *p->at == ' ')
        p->at++;
    const char *start = p->at;
    while (p->at < p->end && *p->at != ' ')
        p->at++;
    return (struct fct_bytes){start, (size_t)(p->at - start)};
}

/* Upper case; "" when it does not fit, which no name that we know does. */
static void copy_name(char *to, struct fct_bytes name)
{
    size_t n = name.n <= IMAP_NAME_MAX ? name.n : 0;
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - 32 : name.p[i]);
    to[n] = '\0';
}

static bool parse_condition(struct fct_bytes word, enum imap_condition *out)
{
    static const struct {
        const char *name;
        enum imap_condition condition;
    } known[] = {{"OK", IMAP_OK}, {"NO", IMAP_NO}, {"BAD", IMAP_BAD}, {"BYE", IMAP_BYE}, {"PREAUTH", IMAP_PREAUTH}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (wire_equal(word, known[i].name)) {
            *out = known[i].condition;
            return true;
        }
    return false;
}

/* The bracket that ends a response code; one inside quotes does not count. */
static const char *find_code_end(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end; at++) {
        if (*at == '\\' && quoted)
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (*at == ']' && !quoted)
            return at;
    }
    return NULL;
}

/* resp-text: ["[" resp-text-code "]" SP] text. Text that only looks like a code is left as text. */
static void parse_text(struct imap_parser *p, struct imap_response *r)
{
    while (p->at < p->end && *p->at == ' ')
        p->at++;
    const char *close = p->at < p->end && *p->at == '[' ? find_code_end(p->at, p->end) : NULL;
    if (close) {
        struct imap_parser code;
        imap_parser_init_text(&code, (struct fct_bytes){p->at + 1, (size_t)(close - p->at - 1)});
        copy_name(r->code, take_word(&code));
        while (code.at < code.end && *code.at == ' ')
            code.at++;
        while (code.at < code.end && code.end[-1] == ' ')
            code.end--;
        r->code_args = (struct fct_bytes){code.at, (size_t)(code.end - code.at)};
        p->at = close + 1;
        while (p->at < p->end && *p->at == ' ')
            p->at++;
    }
    r->text = (struct fct_bytes){p->at, (size_t)(p->end - p->at)};
    p->at = p->end;
    p->in_response = false;
}

static int parse_untagged(struct imap_parser *p, struct imap_response *r, struct fct_error *err)
{
    struct fct_bytes word = take_word(p);
    uint64_t number;
    if (parse_condition(word, &r->condition)) {
        r->kind = IMAP_STATUS;
        parse_text(p, r);
        return 0;
    }
    r->kind = IMAP_DATA;
    if (imap_number(word, UINT32_MAX, &number)) {
        r->kind = IMAP_NUMBERED;
        r->number = (uint32_t)number;
        word = take_word(p);
    }
    if (word.n == 0)
        return fail(err, "an empty response");
    copy_name(r->name, word);
    return 0;
}

int imap_read_response(struct imap_parser *p, struct imap_response *r, struct fct_error *err)
{
    if (imap_skip_rest(p, err) < 0 || read_line(p, err) < 0)
        return -1;
    *r = (struct imap_response){.kind = IMAP_TAGGED};
    p->in_response = true;
    p->depth = p->tokens = 0;
    if (p->at < p->end && *p->at == '+') {
        p->at++;
        while (p->at < p->end && *p->at == ' ')
            p->at++;
        r->kind = IMAP_CONTINUE;
        r->text = (struct fct_bytes){p->at, (size_t)(p->end - p->at)};
        p->in_response = false;
        return 0;
    }
    struct fct_bytes tag = take_word(p);
    if (tag.n == 1 && tag.p[0] == '*')
        return parse_untagged(p, r, err);
    if (tag.n == 0 || tag.n > IMAP_TAG_MAX || !parse_condition(take_word(p), &r->condition) || r->condition > IMAP_BAD)
        return fail(err, "a line that is neither a tagged nor an untagged response");
    memcpy(r->tag, tag.p, tag.n);
    parse_text(p, r);
    return 0;
}
