/* What an evaluation may cost: every step is counted before it is taken, by a bound that is true whatever the
 * values are. Counting itself costs no more than what it counts. */
#include "evaluator.h"

enum { BYTES_PER_STEP = 64 };

enum fault work_spend(struct evaluation *evaluation, struct cedar_span span, size_t amount)
{
    if (amount > evaluation->work) {
        evaluation->work = 0;
        evaluation->is_exhausted = true;
        return fail_with(evaluation, span, TEXT("this takes more work than a decision may"));
    }
    evaluation->work -= amount;
    return FAULT_NONE;
}

size_t work_of_bytes(size_t length)
{
    return length / BYTES_PER_STEP;
}

static size_t of_uid(const struct cedar_uid *uid)
{
    return work_of_bytes(uid->type.length + uid->id.length);
}

static size_t of_set(const struct cedar_set *set, size_t most)
{
    size_t work = 0;
    for (size_t i = 0; i < set->count && work < most; i++)
        work += work_of_value(&set->items[i], most - work);
    return work;
}

static size_t of_record(const struct cedar_record *record, size_t most)
{
    size_t work = 0;
    for (size_t i = 0; i < record->count && work < most; i++) {
        work += work_of_bytes(record->attributes[i].name.length);
        if (work < most)
            work += work_of_value(&record->attributes[i].value, most - work);
    }
    return work;
}

size_t work_of_value(const struct cedar_value *value, size_t most)
{
    switch (value->kind) {
    case CEDAR_STRING:
        return 1 + work_of_bytes(value->string.length);
    case CEDAR_ENTITY:
        return 1 + of_uid(value->entity);
    case CEDAR_SET:
        return 1 + of_set(value->set, most);
    case CEDAR_RECORD:
        return 1 + of_record(value->record, most);
    default:
        return 1;
    }
}

size_t work_of_comparing(const struct cedar_value *a, const struct cedar_value *b, size_t most)
{
    if (a->kind != b->kind)
        return 1;
    /* The lesser is found in its own time: a small value is not to pay for a walk through a large one. */
    for (size_t reach = 16;; reach *= 2) {
        size_t of_a = work_of_value(a, reach), of_b = work_of_value(b, reach);
        size_t lesser = of_a < of_b ? of_a : of_b;
        if (lesser < reach || reach > most)
            return lesser;
    }
}

size_t work_of_times(size_t count, size_t cost)
{
    return cost != 0 && count > SIZE_MAX / cost ? SIZE_MAX : count * cost;
}

size_t work_of_search(size_t count)
{
    size_t comparisons = 1;
    for (; count > 1; count /= 2)
        comparisons++;
    return comparisons;
}
