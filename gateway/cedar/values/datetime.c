/* datetime: milliseconds since 1970, in the proleptic Gregorian calendar and without leap seconds. RFC 80 of
 * Cedar. Constructors reach the years 0000 to 9999 and a day beyond them; arithmetic all of 64 bits. */
#include "cedar/extension.h"
#include "values/digits.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
/* The first moment of year 0, and of year 10000. */
#define YEARS_BEGIN (-719528 * DAY)
#define YEARS_END   (2932897 * DAY)
/* The furthest that a time may be from UTC: +2359. */
#define OFFSET_MOST (23 * HOUR + 59 * MINUTE)

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* From the beginning of year 0, which was a leap year, to that of this one. */
static int days_before(int year)
{
    return year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

static bool take_date(struct text *rest, int64_t *milliseconds)
{
    int year, month, day;
    if (!digits_take_number(rest, 4, &year) || !digits_skip(rest, '-') ||
        !digits_take_number(rest, 2, &month) || !digits_skip(rest, '-') || !digits_take_number(rest, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    int days = days_before(year) + day - 1;
    for (int before = 1; before < month; before++)
        days += days_in_month(year, before);
    *milliseconds = YEARS_BEGIN + days * DAY;
    return true;
}

static bool take_time(struct text *rest, int64_t *milliseconds)
{
    int hour, minute, second, fraction = 0;
    if (!digits_skip(rest, 'T') || !digits_take_number(rest, 2, &hour) || !digits_skip(rest, ':') ||
        !digits_take_number(rest, 2, &minute) || !digits_skip(rest, ':') ||
        !digits_take_number(rest, 2, &second))
        return false;
    if (digits_skip(rest, '.') && !digits_take_number(rest, 3, &fraction))
        return false;
    *milliseconds = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

/* How far the clock that was read is ahead of UTC. */
static bool take_offset(struct text *rest, int64_t *milliseconds)
{
    *milliseconds = 0;
    if (digits_skip(rest, 'Z'))
        return true;
    bool is_behind = digits_skip(rest, '-');
    int hour, minute;
    if ((!is_behind && !digits_skip(rest, '+')) || !digits_take_number(rest, 2, &hour) ||
        !digits_take_number(rest, 2, &minute))
        return false;
    int64_t distance = hour * HOUR + minute * MINUTE;
    *milliseconds = is_behind ? -distance : distance;
    return hour < 24 && minute < 60;
}

bool cedar_datetime_parse(struct text text, int64_t *milliseconds)
{
    int64_t date, time = 0, offset = 0;
    if (!take_date(&text, &date))
        return false;
    if (text.length != 0 && (!take_time(&text, &time) || !take_offset(&text, &offset)))
        return false;
    *milliseconds = date + time - offset;
    return text.length == 0;
}

static void print_date(int days, struct buffer *out)
{
    int year = days / 366; /* never too late, and put right below */
    while (days_before(year + 1) <= days)
        year++;
    int day = days - days_before(year), month = 1;
    for (; day >= days_in_month(year, month); month++)
        day -= days_in_month(year, month);
    buffer_print(out, "%04d-%02d-%02d", year, month, day + 1);
}

static void print_time(int time, struct buffer *out)
{
    buffer_print(out, "T%02d:%02d:%02d", time / (int)HOUR, time / (int)MINUTE % 60, time / (int)SECOND % 60);
    if (time % SECOND != 0)
        buffer_print(out, ".%03d", time % (int)SECOND);
}

bool cedar_datetime_print(int64_t milliseconds, struct buffer *out)
{
    /* What lies a little before year 0 or behind 9999 has a text on a clock that shows another day. */
    const char *zone = "Z";
    if (milliseconds < YEARS_BEGIN && milliseconds >= YEARS_BEGIN - OFFSET_MOST) {
        milliseconds += OFFSET_MOST;
        zone = "+2359";
    } else if (milliseconds >= YEARS_END && milliseconds < YEARS_END + OFFSET_MOST) {
        milliseconds -= OFFSET_MOST;
        zone = "-2359";
    }
    if (milliseconds < YEARS_BEGIN || milliseconds >= YEARS_END)
        return false;
    int64_t since = milliseconds - YEARS_BEGIN;
    print_date((int)(since / DAY), out);
    if (since % DAY != 0 || zone[0] != 'Z') {
        print_time((int)(since % DAY), out);
        buffer_append(out, text_of(zone));
    }
    return true;
}

bool cedar_datetime_offset(int64_t datetime, int64_t duration, int64_t *result)
{
    return !__builtin_add_overflow(datetime, duration, result);
}

bool cedar_datetime_since(int64_t datetime, int64_t earlier, int64_t *duration)
{
    return !__builtin_sub_overflow(datetime, earlier, duration);
}

int64_t cedar_datetime_to_time(int64_t datetime)
{
    int64_t remainder = datetime % DAY;
    return remainder < 0 ? remainder + DAY : remainder;
}

bool cedar_datetime_to_date(int64_t datetime, int64_t *midnight)
{
    return !__builtin_sub_overflow(datetime, cedar_datetime_to_time(datetime), midnight);
}
