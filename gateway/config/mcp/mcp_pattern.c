/* Patterns of names in spec.mcp: as much as people write, and no more that could be read in two ways. */
#include "config/mcp_document.h"

/* Greedy with one place to go back to: as much work as pattern times name at most. */
bool mcp_pattern_fits(struct text pattern, struct text name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, resume = 0;
    while (n < name.length) {
        if (p < pattern.length && pattern.base[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.length && pattern.base[p] == name.base[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.base[p] == '*')
        p++;
    return p == pattern.length;
}
