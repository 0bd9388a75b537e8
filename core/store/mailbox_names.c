#include "store/mailbox_names.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "store/mailboxes.h"
#include "text/tokens.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

/* ---- roles ---- */

static const char *const role_names[] = {
    [FCT_ROLE_INBOX] = "inbox", [FCT_ROLE_ARCHIVE] = "archive", [FCT_ROLE_DRAFTS] = "drafts",
    [FCT_ROLE_SENT] = "sent",   [FCT_ROLE_TRASH] = "trash",     [FCT_ROLE_JUNK] = "junk",
    [FCT_ROLE_ALL] = "all",     [FCT_ROLE_FLAGGED] = "flagged", [FCT_ROLE_IMPORTANT] = "important",
    [FCT_ROLE_SNOOZED] = "snoozed",
};

#define N_ROLES ((int)(sizeof(role_names) / sizeof(role_names[0])))

const char *role_name(int role)
{
    return role > FCT_ROLE_NONE && role < N_ROLES ? role_names[role] : NULL;
}

int role_from_name(const char *name)
{
    for (int role = FCT_ROLE_NONE + 1; name && role < N_ROLES; role++) {
        if (strcmp(role_names[role], name) == 0)
            return role;
    }
    return -1;
}

/* Folded (case, diacritics), as text_fold does. Names that mean something else as often are left out. */
static const struct {
    const char *name;
    int role;
} usual_names[] = {
    {"archive", FCT_ROLE_ARCHIVE},
    {"snoozed", FCT_ROLE_SNOOZED},
    {"archives", FCT_ROLE_ARCHIVE},
    {"archiv", FCT_ROLE_ARCHIVE},
    {"archivio", FCT_ROLE_ARCHIVE},
    {"archivo", FCT_ROLE_ARCHIVE},
    {"drafts", FCT_ROLE_DRAFTS},
    {"draft", FCT_ROLE_DRAFTS},
    {"brouillons", FCT_ROLE_DRAFTS},
    {"brouillon", FCT_ROLE_DRAFTS},
    {"entwurfe", FCT_ROLE_DRAFTS},
    {"entwurf", FCT_ROLE_DRAFTS},
    {"borradores", FCT_ROLE_DRAFTS},
    {"bozze", FCT_ROLE_DRAFTS},
    {"concepten", FCT_ROLE_DRAFTS},
    {"rascunhos", FCT_ROLE_DRAFTS},
    {"sent", FCT_ROLE_SENT},
    {"sent items", FCT_ROLE_SENT},
    {"sent messages", FCT_ROLE_SENT},
    {"sent mail", FCT_ROLE_SENT},
    {"envoyes", FCT_ROLE_SENT},
    {"elements envoyes", FCT_ROLE_SENT},
    {"messages envoyes", FCT_ROLE_SENT},
    {"courrier envoye", FCT_ROLE_SENT},
    {"gesendet", FCT_ROLE_SENT},
    {"gesendete objekte", FCT_ROLE_SENT},
    {"gesendete elemente", FCT_ROLE_SENT},
    {"enviados", FCT_ROLE_SENT},
    {"inviata", FCT_ROLE_SENT},
    {"posta inviata", FCT_ROLE_SENT},
    {"verzonden", FCT_ROLE_SENT},
    {"verzonden items", FCT_ROLE_SENT},
    {"trash", FCT_ROLE_TRASH},
    {"deleted items", FCT_ROLE_TRASH},
    {"deleted messages", FCT_ROLE_TRASH},
    {"bin", FCT_ROLE_TRASH},
    {"corbeille", FCT_ROLE_TRASH},
    {"elements supprimes", FCT_ROLE_TRASH},
    {"messages supprimes", FCT_ROLE_TRASH},
    {"papierkorb", FCT_ROLE_TRASH},
    {"geloschte objekte", FCT_ROLE_TRASH},
    {"geloschte elemente", FCT_ROLE_TRASH},
    {"papelera", FCT_ROLE_TRASH},
    {"cestino", FCT_ROLE_TRASH},
    {"prullenbak", FCT_ROLE_TRASH},
    {"lixeira", FCT_ROLE_TRASH},
    {"junk", FCT_ROLE_JUNK},
    {"spam", FCT_ROLE_JUNK},
    {"junk e-mail", FCT_ROLE_JUNK},
    {"junk email", FCT_ROLE_JUNK},
    {"bulk mail", FCT_ROLE_JUNK},
    {"indesirables", FCT_ROLE_JUNK},
    {"courrier indesirable", FCT_ROLE_JUNK},
    {"pourriel", FCT_ROLE_JUNK},
    {"spamverdacht", FCT_ROLE_JUNK},
    {"unerwunscht", FCT_ROLE_JUNK},
    {"correo no deseado", FCT_ROLE_JUNK},
    {"posta indesiderata", FCT_ROLE_JUNK},
};

int mailbox_name_role(const char *name)
{
    CLEANUP(buf_done) struct buf folded = {0};

    text_fold(bytes_str(name), &folded);
    for (size_t i = 0; i < sizeof(usual_names) / sizeof(usual_names[0]); i++) {
        if (strcmp(buf_str(&folded), usual_names[i].name) == 0)
            return usual_names[i].role;
    }
    return FCT_ROLE_NONE;
}

/* ---- text ---- */

size_t mailbox_name_cut(const char *s, size_t n, size_t max)
{
    if (n <= max)
        return n;
    while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
        max--;
    return max;
}

/* C0, DEL, C1 (two bytes in UTF-8), and the line and paragraph separators. Returns its length, 0: no control character.
 */
static size_t control_at(const unsigned char *p, size_t n)
{
    if (p[0] < 0x20 || p[0] == 0x7f)
        return 1;
    if (n >= 2 && p[0] == 0xc2 && p[1] < 0xa0)
        return 2;
    if (n >= 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
        return 3;
    return 0;
}

/* Normalises valid UTF-8 of bounded length; what ICU cannot do stays as it is. */
static char *to_nfc(const char *s)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    UChar from[MAILBOX_NAME_MAX + 1], to[4 * MAILBOX_NAME_MAX];
    char out[12 * MAILBOX_NAME_MAX + 1];
    int32_t n = 0;

    u_strFromUTF8(from, sizeof(from) / sizeof(from[0]), &n, s, -1, &status);
    n = unorm2_normalize(nfc, from, n, to, sizeof(to) / sizeof(to[0]), &status);
    u_strToUTF8(out, sizeof(out) - 1, &n, to, n, &status);
    if (U_FAILURE(status))
        return xstrdup(s);
    return xstrndup(out, (size_t)n);
}

static int fail_name(struct fct_error *err, const char *why)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "name: %s", why);
}

int mailbox_name_check(const char *name, char **out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf ignored = {0};
    size_t n = strlen(name);
    bool is_blank = true;

    if (n == 0)
        return fail_name(err, "must not be empty");
    if (n > MAILBOX_NAME_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "name: longer than %d bytes", MAILBOX_NAME_MAX);
    for (size_t i = 0; i < n; i++) {
        if (control_at((const unsigned char *)name + i, n - i))
            return fail_name(err, "must not contain control characters");
        is_blank &= name[i] == ' ';
    }
    if (text_to_valid_utf8(bytes_str(name), &ignored))
        return fail_name(err, "is not valid UTF-8");
    if (is_blank)
        return fail_name(err, "must not be blank");
    if (strchr(name, '/'))
        return fail_name(err, "must not contain \"/\"");
    CLEANUP(freep) char *normal = to_nfc(name);
    if (strlen(normal) > MAILBOX_NAME_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "name: longer than %d bytes", MAILBOX_NAME_MAX);
    *out = TAKE(normal);
    return 0;
}

static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return !*s;
}

void mailbox_name_clean(struct fct_bytes level, struct buf *out)
{
    CLEANUP(buf_done) struct buf controls = {0};
    CLEANUP(buf_done) struct buf clean = {0};

    /* Controls first: text_to_valid_utf8 drops some of them, and two names must not become one where it can be helped.
     */
    for (size_t i = 0; i < level.n;) {
        size_t n = control_at((const unsigned char *)level.p + i, level.n - i);
        if (n > 0)
            buf_add_utf8(&controls, 0xfffd);
        else
            buf_add_char(&controls, level.p[i]);
        i += n ? n : 1;
    }
    text_to_valid_utf8(buf_bytes(&controls), &clean);
    CLEANUP(freep) char *cut = xstrndup(buf_str(&clean), mailbox_name_cut(buf_str(&clean), clean.n, MAILBOX_NAME_MAX));
    CLEANUP(freep) char *normal = is_ascii(cut) ? xstrdup(cut) : to_nfc(cut);
    buf_add(out, normal, mailbox_name_cut(normal, strlen(normal), MAILBOX_NAME_MAX));
}
