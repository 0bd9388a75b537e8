#include "mime/compose_headers.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "mime/compose_words.h"
#include "mime/mime.h"

#include <strings.h>
#include <sys/random.h>
#include <time.h>

enum form { RAW, TEXT, ADDRESSES, GROUPED, MESSAGE_IDS, DATE, URLS };

static const struct {
    const char *property, *name;
    enum form form;
} convenience[] = {
    {"messageId", "Message-ID", MESSAGE_IDS},
    {"inReplyTo", "In-Reply-To", MESSAGE_IDS},
    {"references", "References", MESSAGE_IDS},
    {"sender", "Sender", ADDRESSES},
    {"from", "From", ADDRESSES},
    {"to", "To", ADDRESSES},
    {"cc", "Cc", ADDRESSES},
    {"bcc", "Bcc", ADDRESSES},
    {"replyTo", "Reply-To", ADDRESSES},
    {"subject", "Subject", TEXT},
    {"sentAt", "Date", DATE},
};
static const struct {
    const char *suffix;
    enum form form;
} forms[] = {
    {"asRaw", RAW},
    {"asText", TEXT},
    {"asAddresses", ADDRESSES},
    {"asGroupedAddresses", GROUPED},
    {"asMessageIds", MESSAGE_IDS},
    {"asDate", DATE},
    {"asURLs", URLS},
};

static int bad(struct fct_error *err, const char *fmt, const char *name)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, fmt, name);
}

/* ---- values ---- */

/* Raw: as it is. A line break must be a fold, or it would begin a header field or the body. */
static int write_raw(struct field_writer *w, const json_t *value, struct fct_error *err)
{
    const char *s = json_string_value(value);
    if (!s)
        return bad(err, "a raw header field must be %s", "a string");
    for (const char *p = s; *p; p++) {
        bool breaks =
            *p == '\r' ? p[1] != '\n' : *p == '\n' && (p == s || p[-1] != '\r' || (p[1] != ' ' && p[1] != '\t'));
        if (breaks)
            return bad(err, "a line break that is %s stands in a raw header field", "no fold");
    }
    if (s[0] != ' ' && s[0] != '\t')
        field_glue(w, " ");
    field_glue(w, s);
    return 0;
}

static int write_text(struct field_writer *w, const json_t *value, struct fct_error *err)
{
    if (!json_is_string(value))
        return bad(err, "a header field as text must be %s", "a string");
    field_text(w, json_string_value(value));
    return 0;
}

/* Within <>: anything that cannot end it. A draft's address may be half typed. */
static bool is_address(const char *s)
{
    return s && *s && !has_control(s) && !strpbrk(s, "<>");
}

static bool needs_brackets(const char *email)
{
    return strpbrk(email, " ,;:()[]\"\\") != NULL;
}

static int write_address(struct field_writer *w, const json_t *address, struct fct_error *err)
{
    const char *email = json_string_value(json_object_get(address, "email"));
    const json_t *name = json_object_get(address, "name");
    if (!is_address(email) || (name && !json_is_string(name) && !json_is_null(name)))
        return bad(err, "an address must be {name, email} with %s",
                   "no angle brackets or control characters in the email");
    bool has_name = json_is_string(name) && json_string_length(name);
    if (has_name)
        field_phrase(w, json_string_value(name));
    CLEANUP(buf_done) struct buf piece = {0};
    buf_addf(&piece, has_name || needs_brackets(email) ? "<%s>" : "%s", email);
    field_piece(w, buf_bytes(&piece));
    return 0;
}

static int write_addresses(struct field_writer *w, const json_t *list, struct fct_error *err)
{
    if (!json_is_array(list))
        return bad(err, "addresses must be %s", "a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i)
            field_glue(w, ",");
        if (write_address(w, json_array_get(list, i), err) < 0)
            return -1;
    }
    return 0;
}

static int write_groups(struct field_writer *w, const json_t *list, struct fct_error *err)
{
    if (!json_is_array(list))
        return bad(err, "address groups must be %s", "a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *group = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(group, "name"));
        if (i)
            field_glue(w, ",");
        if (name) {
            field_phrase(w, name);
            field_glue(w, ":");
        }
        if (write_addresses(w, json_object_get(group, "addresses"), err) < 0)
            return -1;
        if (name)
            field_glue(w, ";");
    }
    return 0;
}

static int write_bracketed(struct field_writer *w, const json_t *list, bool with_commas, struct fct_error *err)
{
    if (!json_is_array(list))
        return bad(err, "ids and URLs must be %s", "a list of strings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));
        if (!s || !*s || has_control(s) || strpbrk(s, "<> "))
            return bad(err, "an id or a URL must have %s", "no space, angle bracket or control character");
        if (i && with_commas)
            field_glue(w, ",");
        CLEANUP(buf_done) struct buf piece = {0};
        buf_addf(&piece, "<%s>", s);
        field_piece(w, buf_bytes(&piece));
    }
    return 0;
}

/* ---- dates ---- */

static void add_date(struct buf *out, int64_t seconds, int zone_minutes)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t local = (time_t)(seconds + (int64_t)zone_minutes * 60);
    struct tm tm = {0};
    gmtime_r(&local, &tm);
    int zone = zone_minutes < 0 ? -zone_minutes : zone_minutes;
    buf_addf(out, "%s, %d %s %04d %02d:%02d:%02d %c%02d%02d", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
             tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

void header_date_write(struct buf *out, const char *name, int64_t seconds, int zone_minutes)
{
    buf_addf(out, "%s: ", name);
    add_date(out, seconds, zone_minutes);
    buf_add_str(out, "\r\n");
}

/* '0' in the shape stands for a digit. Returns what follows, NULL when the text has another beginning. */
static const char *skip_shape(const char *text, const char *shape)
{
    for (; *shape; shape++, text++)
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
            return NULL;
    return text;
}

static int number_at(const char *text, int digits)
{
    int n = 0;
    for (int i = 0; i < digits; i++)
        n = n * 10 + (text[i] - '0');
    return n;
}

/* "Z" or "+08:00"; false: neither. */
static bool parse_zone(const char *s, int *out_minutes)
{
    *out_minutes = 0;
    if (strcmp(s, "Z") == 0)
        return true;
    const char *end = *s == '+' || *s == '-' ? skip_shape(s + 1, "00:00") : NULL;
    int hours = end ? number_at(s + 1, 2) : 24, minutes = end ? number_at(s + 4, 2) : 60;
    *out_minutes = (hours * 60 + minutes) * (*s == '-' ? -1 : 1);
    return end && !*end && hours < 24 && minutes < 60;
}

/* RFC 8620 section 1.4: "2014-10-30T14:12:00+08:00". */
static bool parse_date(const char *s, int64_t *out, int *out_zone)
{
    const char *rest = s ? skip_shape(s, "0000-00-00T00:00:00") : NULL;
    if (!rest)
        return false;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    struct tm tm = {.tm_year = number_at(s, 4) - 1900,
                    .tm_mon = number_at(s + 5, 2) - 1,
                    .tm_mday = number_at(s + 8, 2),
                    .tm_hour = number_at(s + 11, 2),
                    .tm_min = number_at(s + 14, 2),
                    .tm_sec = number_at(s + 17, 2)};
    const struct tm asked = tm;
    int64_t utc = (int64_t)timegm(&tm); /* puts the 31st of April into May */
    bool exists = tm.tm_mon == asked.tm_mon && tm.tm_mday == asked.tm_mday && tm.tm_hour == asked.tm_hour &&
                  tm.tm_min == asked.tm_min;
    if (!parse_zone(rest, out_zone) || asked.tm_sec > 60 || (!exists && asked.tm_sec != 60))
        return false;
    *out = utc - (int64_t)*out_zone * 60;
    return true;
}

static int write_date(struct field_writer *w, const json_t *value, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    int64_t seconds;
    int zone;
    if (!parse_date(json_string_value(value), &seconds, &zone))
        return bad(err, "a date must be like %s", "2014-10-30T14:12:00+08:00");
    add_date(&text, seconds, zone);
    field_piece(w, buf_bytes(&text));
    return 0;
}

/* ---- ids ---- */

void header_random_add(struct buf *out, size_t n)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    unsigned char bytes[32] = {0};
    if (getrandom(bytes, sizeof(bytes), 0) < 0)
        abort(); /* no kernel of ours says no to so few */
    for (size_t i = 0; i < n && i < sizeof(bytes); i++)
        buf_add_char(out, digits[bytes[i] & 31]);
}

/* The part behind the @ of the sender's address, when it can stand in a Message-ID. */
const char *header_domain_of(const json_t *from)
{
    const char *address = json_string_value(json_object_get(json_array_get(from, 0), "email"));
    const char *at = address ? strrchr(address, '@') : NULL;
    return at && at[1] && is_token(at + 1) ? at + 1 : "localhost";
}

void header_id_write(struct buf *out, const char *name, const json_t *from)
{
    buf_addf(out, "%s: <", name);
    header_random_add(out, 26);
    buf_addf(out, "@%s>\r\n", header_domain_of(from));
}

/* ---- a value in its form ---- */

static int write_value(struct field_writer *w, enum form form, const json_t *value, struct fct_error *err)
{
    switch (form) {
    case RAW:
        return write_raw(w, value, err);
    case TEXT:
        return write_text(w, value, err);
    case ADDRESSES:
        return write_addresses(w, value, err);
    case GROUPED:
        return write_groups(w, value, err);
    case MESSAGE_IDS:
        return write_bracketed(w, value, false, err);
    case URLS:
        return write_bracketed(w, value, true, err);
    default:
        return write_date(w, value, err);
    }
}

/* ---- fields ---- */

bool header_lines_fit(struct fct_bytes fields)
{
    size_t line = 0;
    for (size_t i = 0; i < fields.n; i++) {
        line = fields.p[i] == '\n' ? 0 : line + 1;
        if (line > HEADER_LINE_MAX + 1) /* and a CR */
            return false;
    }
    return true;
}

void header_set_done(struct header_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->names[i]);
    s->n = 0;
}

bool header_set_has(const struct header_set *s, const char *name)
{
    for (size_t i = 0; s && i < s->n; i++)
        if (strcasecmp(s->names[i], name) == 0)
            return true;
    return false;
}

static int write_field(const char *name, enum form form, const json_t *value, struct buf *out, struct fct_error *err)
{
    struct field_writer w;
    struct buf field = {0};
    field_begin(&w, &field, name);
    if (write_value(&w, form, value, err) < 0) {
        buf_done(&field);
        return -1;
    }
    field_end(&w);
    bool fits = header_lines_fit(buf_bytes(&field));
    if (fits)
        buf_add(out, field.p, field.n);
    buf_done(&field);
    return fits ? 0 : bad(err, "a line of %s would be longer than 998 bytes", name);
}

/* Splits "header:Name:asForm:all". */
struct header_name {
    char name[128];
    enum form form;
    bool all;
};

static int parse_property(const char *property, struct header_name *out, struct fct_error *err)
{
    const char *at = property + strlen("header:");
    if (mime_header_property_check(at, err) < 0)
        return -1;
    size_t n = strcspn(at, ":");
    if (n >= sizeof(out->name))
        return bad(err, "%.40s...: the name is too long", at);
    *out = (struct header_name){.form = RAW};
    memcpy(out->name, at, n);
    for (at += n; *at == ':';) {
        const char *suffix = ++at;
        size_t len = strcspn(suffix, ":");
        if (len == 3 && strncmp(suffix, "all", 3) == 0)
            out->all = true;
        for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
            if (strlen(forms[i].suffix) == len && strncmp(forms[i].suffix, suffix, len) == 0)
                out->form = forms[i].form;
        at += len;
    }
    return 0;
}

static int take_name(struct header_set *s, const struct header_set *inherited, bool of_part, const char *name,
                     struct fct_error *err)
{
    bool is_content = strncasecmp(name, "Content-", 8) == 0;
    if (is_content && !of_part)
        return bad(err, "%s stands on a part, not on the Email", name);
    if (strcasecmp(name, "Content-Transfer-Encoding") == 0 || strcasecmp(name, "MIME-Version") == 0)
        return bad(err, "%s is set by the core", name);
    if (header_set_has(s, name) || header_set_has(inherited, name))
        return bad(err, "%s is given twice", name);
    if (s->n == COMPOSE_MAX_HEADERS)
        return bad(err, "%s: more header fields than 200", name);
    s->names[s->n++] = xstrdup(name);
    return 0;
}

static int write_named(const struct header_name *h, const json_t *value, struct buf *out, struct fct_error *err)
{
    if (!h->all)
        return write_field(h->name, h->form, value, out, err);
    if (!json_is_array(value))
        return bad(err, "%s: with :all the value is a list", h->name);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (write_field(h->name, h->form, json_array_get(value, i), out, err) < 0)
            return -1;
    return 0;
}

enum header_outcome header_property_write(struct header_set *s, const struct header_set *inherited, bool of_part,
                                          const char *property, const json_t *value, struct buf *out,
                                          struct fct_error *err)
{
    struct header_name h = {.all = false};
    if (strncmp(property, "header:", 7) == 0) {
        if (parse_property(property, &h, err) < 0)
            return HEADER_BAD;
    } else {
        size_t i = 0, n = of_part ? 0 : sizeof(convenience) / sizeof(*convenience);
        while (i < n && strcmp(convenience[i].property, property) != 0)
            i++;
        if (i == n)
            return NOT_A_HEADER;
        snprintf(h.name, sizeof(h.name), "%s", convenience[i].name);
        h.form = convenience[i].form;
    }
    bool is_empty =
        json_is_array(value) && json_array_size(value) == 0; /* "To:" alone is no field: RFC 5322 section 3.6.3 */
    if (json_is_null(value) || is_empty)                     /* there is none */
        return HEADER_WRITTEN;
    if (take_name(s, inherited, of_part, h.name, err) < 0 || write_named(&h, value, out, err) < 0)
        return HEADER_BAD;
    return HEADER_WRITTEN;
}
