/* One page for a person, as HTML 5 that is escaped by construction: whatever is given as text comes out as
 * text, so that no name, no scope and no word of an agent becomes markup. A page loads nothing, runs nothing,
 * is shown in no frame, is kept by nobody and tells no other site where its reader came from. */
#ifndef AUTHORIZATION_PAGE_H
#define AUTHORIZATION_PAGE_H

#include "base/arena.h"
#include "transport/request.h"

/* As much as an adapter may answer (adapters/PROTOCOL.md, connect_begin). */
enum { PAGE_URL_BYTES_MAX = 8192 };

struct page;

/* The title is the first heading as well. Nothing is kept of what is given below. */
struct page *page_begin(struct arena *arena, const char *title);
void page_heading(struct page *page, const char *text);
void page_text(struct page *page, struct text text); /* a paragraph */
/* What somebody else says, shown as theirs: a quotation. */
void page_quote(struct page *page, struct text text);
/* A row of a description list. */
void page_fact(struct page *page, const char *name, struct text value);
/* A field that the next form sends along. */
void page_hidden(struct page *page, const char *name, struct text value);
/* A POST form with one button, and the token as its field "csrf"; TEXT_NONE: without one. */
void page_form(struct page *page, struct text action, const char *button, struct text token);
/* The same for what the page is about: its button stands out. One a page. */
void page_main_form(struct page *page, struct text action, const char *button, struct text token);
void page_link(struct page *page, struct text href, const char *text);
/* Ends the request; more: headers besides those of every page. */
void page_answer(struct page *page, struct request *request, int status, const struct response_header *more,
                 size_t count);
/* The same as what is sent, for who looks at it without a request; headers are in the arena. */
struct response page_response(struct page *page, int status, const struct response_header *more, size_t count);

/* Where a browser may be sent: a usable URL (base/outside_url.h; RFC 8252 section 7.3) of bounded length. */
bool page_may_go_to(struct text url);
/* Goes on elsewhere after a POST: a page with a refresh and a link, because form-action forbids a redirect to
 * other origins. Another URL than page_may_go_to allows is answered with a page that says so (502). */
void page_go_to(struct arena *arena, struct request *request, struct text url,
                const struct response_header *more, size_t count);

#endif
