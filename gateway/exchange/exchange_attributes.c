/* Attributes that go with what is issued, so that a policy about the subject holds at the next hop as it does
 * here (decision 0031): those that some policy asks for, in tokens that can come back as subject tokens, and no
 * others. exchange_order.c calls this. */
#include "exchange.h"

/* Our tokens are shown again by the resource server they are for or, for our own audience, by anybody. */
static bool can_come_back(const struct exchange *x)
{
    const struct target_document *target = &x->target->document->target;
    return target->resource_server.length != 0 || text_equal(target->audiences.items[0], x->call.world->issuer);
}

void exchange_carry_attributes(struct exchange *x)
{
    const struct verified_token *subject = &x->subject.token;
    const struct policy_book *book = x->call.world->policies.set.book;
    if (!can_come_back(x))
        return;
    struct credential_attribute *carried =
        ARENA_ARRAY(x->call.arena, struct credential_attribute, subject->attribute_count + 1);
    for (size_t i = 0; i < subject->attribute_count; i++) {
        const struct token_attribute *attribute = &subject->attributes[i];
        if (policy_book_asks_attribute(book, attribute->name))
            carried[x->order.attribute_count++] =
                (struct credential_attribute){attribute->name, attribute->value, attribute->is_list};
    }
    x->order.attributes = carried;
}
