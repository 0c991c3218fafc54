/* Writes pages. The only place of this room that knows HTML: what it is given ends as text or as an attribute's
 * value between double quotes (HTML 5 sections 13.1.2.3 and 13.1.3), and nowhere else. */
#include "page.h"

#include <string.h>

#include "base/base64url.h"
#include "base/buffer.h"
#include "base/digest.h"
#include "base/outside_url.h"
#include "policy/scope.h"

/* Scopes are shown whole: nobody agrees to what is cut off. */
enum { SHOWN_BYTES_MAX = SCOPE_BYTES_MAX, PAGE_BYTES = 4096 };

/* Contrast of at least 7 to 1 in both schemes (WCAG 2.2, 1.4.6); nothing is said by colour alone. */
static const char style[] =
    ":root{color-scheme:light dark}"
    "body{margin:0;font:1.0625rem/1.55 system-ui,sans-serif;color:#1b1b1b;background:#fff}"
    "main{max-width:40rem;margin:0 auto;padding:2rem 1.25rem}"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2rem}"
    "dl{display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.35rem 1rem}"
    "dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}"
    "blockquote{margin:1rem 0;padding:.25rem 1rem;border-left:.3rem solid #595959;overflow-wrap:anywhere}"
    "form{margin:1rem 0}"
    "button{font:inherit;padding:.6rem 1.2rem;border:2px solid #1b1b1b;border-radius:.3rem;"
    "background:#fff;color:#1b1b1b;cursor:pointer}"
    "button.main{background:#1b1b1b;color:#fff;font-weight:600}"
    "a{color:#00408f}"
    "a:focus-visible,button:focus-visible{outline:3px solid #00408f;outline-offset:3px}"
    "@media(prefers-color-scheme:dark){"
    "body{color:#f2f2f2;background:#161616}a{color:#a9cbff}"
    "button{background:#161616;color:#f2f2f2;border-color:#f2f2f2}"
    "button.main{background:#f2f2f2;color:#161616}"
    "blockquote{border-left-color:#bdbdbd}"
    "a:focus-visible,button:focus-visible{outline-color:#a9cbff}}";

struct page {
    struct arena *arena;
    struct buffer html, hidden;
    bool is_in_facts;
    struct text finished; /* the whole, once it is done */
};

/* --- text --- */

static void put(struct buffer *out, const char *markup)
{
    buffer_append(out, text_of(markup));
}

/* How many bytes the character at the front takes; 0: it is none, or one that would change how others are
 * shown. */
static size_t shown_character(struct text text)
{
    for (size_t length = 1; length <= 4 && length <= text.length; length++) {
        struct text one = {text.base, length};
        if (text_is_utf8(one))
            return text_is_printable(one) ? length : 0;
    }
    return 0;
}

static void write_byte(struct buffer *out, char byte)
{
    switch (byte) {
    case '&':
        put(out, "&amp;");
        break;
    case '<':
        put(out, "&lt;");
        break;
    case '>':
        put(out, "&gt;");
        break;
    case '"':
        put(out, "&quot;");
        break;
    case '\'':
        put(out, "&#39;");
        break;
    default:
        buffer_append_byte(out, byte);
    }
}

static void write_escaped(struct buffer *out, struct text text)
{
    while (text.length != 0) {
        size_t length = shown_character(text);
        if (length == 0)
            put(out, "\xEF\xBF\xBD"); /* U+FFFD */
        else if (length == 1)
            write_byte(out, text.base[0]);
        else
            buffer_append(out, (struct text){text.base, length});
        size_t taken = length == 0 ? 1 : length;
        text = (struct text){text.base + taken, text.length - taken};
    }
}

/* As something to read: not more of it than anybody reads. */
static void write_shown(struct buffer *out, struct text text)
{
    struct text shown = text_beginning(text, SHOWN_BYTES_MAX);
    write_escaped(out, shown);
    if (shown.length < text.length)
        put(out, "\xE2\x80\xA6"); /* an ellipsis */
}

/* --- what a page is made of --- */

static void end_facts(struct page *page)
{
    if (page->is_in_facts)
        put(&page->html, "</dl>\n");
    page->is_in_facts = false;
}

static void write_element(struct page *page, const char *begin, struct text text, const char *end)
{
    end_facts(page);
    put(&page->html, begin);
    write_shown(&page->html, text);
    put(&page->html, end);
}

static struct page *begin(struct arena *arena, const char *title, struct text refresh)
{
    struct page *page = ARENA_NEW(arena, struct page);
    page->arena = arena;
    page->html = buffer_in(arena, PAGE_BYTES);
    page->hidden = buffer_in(arena, 256);
    struct buffer *out = &page->html;
    put(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    if (refresh.length != 0) {
        put(out, "<meta http-equiv=\"refresh\" content=\"0;url=");
        write_escaped(out, refresh);
        put(out, "\">\n");
    }
    put(out, "<title>");
    write_shown(out, text_of(title));
    put(out, "</title>\n<style>");
    put(out, style);
    put(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
    write_shown(out, text_of(title));
    put(out, "</h1>\n");
    return page;
}

struct page *page_begin(struct arena *arena, const char *title)
{
    return begin(arena, title, TEXT_NONE);
}

void page_heading(struct page *page, const char *text)
{
    write_element(page, "<h2>", text_of(text), "</h2>\n");
}

void page_text(struct page *page, struct text text)
{
    write_element(page, "<p>", text, "</p>\n");
}

void page_quote(struct page *page, struct text text)
{
    write_element(page, "<blockquote dir=\"auto\">", text, "</blockquote>\n");
}

void page_fact(struct page *page, const char *name, struct text value)
{
    if (!page->is_in_facts)
        put(&page->html, "<dl>\n");
    page->is_in_facts = true;
    put(&page->html, "<dt>");
    write_shown(&page->html, text_of(name));
    put(&page->html, "</dt><dd><bdi>");
    write_shown(&page->html, value);
    put(&page->html, "</bdi></dd>\n");
}

void page_hidden(struct page *page, const char *name, struct text value)
{
    put(&page->hidden, "<input type=\"hidden\" name=\"");
    write_escaped(&page->hidden, text_of(name));
    put(&page->hidden, "\" value=\"");
    write_escaped(&page->hidden, value);
    put(&page->hidden, "\">\n");
}

static void write_form(struct page *page, struct text action, const char *button, struct text token,
                       bool is_main)
{
    end_facts(page);
    if (token.length != 0)
        page_hidden(page, "csrf", token);
    put(&page->html, "<form method=\"post\" action=\"");
    write_escaped(&page->html, action);
    put(&page->html, "\">\n");
    buffer_append(&page->html, buffer_text(&page->hidden));
    page->hidden.length = 0;
    put(&page->html, is_main ? "<button type=\"submit\" class=\"main\">" : "<button type=\"submit\">");
    write_shown(&page->html, text_of(button));
    put(&page->html, "</button>\n</form>\n");
}

void page_form(struct page *page, struct text action, const char *button, struct text token)
{
    write_form(page, action, button, token, false);
}

void page_main_form(struct page *page, struct text action, const char *button, struct text token)
{
    write_form(page, action, button, token, true);
}

void page_link(struct page *page, struct text href, const char *text)
{
    end_facts(page);
    put(&page->html, "<p><a rel=\"noreferrer\" href=\"");
    write_escaped(&page->html, href);
    put(&page->html, "\">");
    write_shown(&page->html, text_of(text));
    put(&page->html, "</a></p>\n");
}

static struct text finish(struct page *page)
{
    if (page->finished.base == NULL) {
        end_facts(page);
        put(&page->html, "</main>\n</body>\n</html>\n");
        page->finished = buffer_text(&page->html);
    }
    return page->finished;
}

/* --- how it is sent --- */

/* The stylesheet is the one thing that is let in, by its hash (CSP 3 section 2.3.1). */
static struct text content_security_policy(struct arena *arena)
{
    unsigned char digest[DIGEST_SIZE];
    struct buffer policy = buffer_in(arena, 256);
    digest_sha256(text_of(style), digest);
    buffer_append(&policy, TEXT("default-src 'none'; style-src 'sha256-"));
    base64_append(&policy, digest, DIGEST_SIZE);
    buffer_append(&policy, TEXT("'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
    return buffer_text(&policy);
}

struct response page_response(struct page *page, int status, const struct response_header *more, size_t count)
{
    const struct response_header own[] = {
        {"cache-control", TEXT("no-store")},
        {"content-security-policy", content_security_policy(page->arena)},
        {"x-content-type-options", TEXT("nosniff")},
        {"x-frame-options", TEXT("DENY")},
        {"referrer-policy", TEXT("no-referrer")},
        {"cross-origin-opener-policy", TEXT("same-origin")},
        {"cross-origin-resource-policy", TEXT("same-origin")},
        {"x-robots-tag", TEXT("noindex, nofollow")},
    };
    size_t own_count = sizeof(own) / sizeof(own[0]);
    struct response_header *headers = ARENA_ARRAY(page->arena, struct response_header, own_count + count);
    memcpy(headers, own, sizeof(own));
    for (size_t i = 0; i < count; i++)
        headers[own_count + i] = more[i];
    return (struct response){.status = status,
                             .content_type = TEXT("text/html; charset=utf-8"),
                             .body = finish(page),
                             .headers = headers,
                             .header_count = own_count + count};
}

void page_answer(struct page *page, struct request *request, int status, const struct response_header *more,
                 size_t count)
{
    const struct response response = page_response(page, status, more, count);
    request_answer(request, &response);
}

/* --- elsewhere --- */

bool page_may_go_to(struct text url)
{
    return url.length <= PAGE_URL_BYTES_MAX && outside_url_is_usable(url);
}

void page_go_to(struct arena *arena, struct request *request, struct text url,
                const struct response_header *more, size_t count)
{
    if (!page_may_go_to(url)) {
        struct page *page = page_begin(arena, "This cannot go on");
        page_text(page, TEXT("The next step would lead to an address that is not safe to open, so you were not "
                             "sent there. You did nothing wrong. Please tell whoever runs this gateway."));
        page_answer(page, request, 502, more, count);
        return;
    }
    struct page *page = begin(arena, "Going on", url);
    page_text(page, TEXT("You are being taken to the next page. If nothing happens, follow the link."));
    page_link(page, url, "Go on");
    page_answer(page, request, 200, more, count);
}
