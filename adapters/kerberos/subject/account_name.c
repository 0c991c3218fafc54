/* See account_name.h. Directories compare without case and some without accents (Active Directory takes
 * "müller" for "muller"), so that what is not ASCII is nobody's account and reserved names are compared without
 * case. */
#include "account_name.h"

const char *account_name_mistake(struct text name)
{
    if (name.length == 0 || name.length > ACCOUNT_NAME_MAX)
        return "expected an account name of 1 to 104 bytes";
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.base[i];
        if (byte < 0x20 || byte > 0x7e)
            return "an account name is printable ASCII";
        if (byte == '/' || byte == '@' || byte == '\\')
            return "an account name is one component, without / @ and backslash";
    }
    if (name.base[0] == ' ' || name.base[name.length - 1] == ' ')
        return "an account name has no space at its ends";
    return NULL;
}

bool account_name_begins_with(struct text name, struct text prefix)
{
    return name.length >= prefix.length &&
           text_equal_ignoring_case((struct text){name.base, prefix.length}, prefix);
}

bool account_name_is_reserved(struct text name)
{
    /* The KDC's own, MIT's and Heimdal's administration, what Windows comes with. */
    static const char *const names[] = {
        "krbtgt",    "K",    "kadmin", "kiprop",         "changepw",           "WELLKNOWN",
        "anonymous", "root", "Guest",  "DefaultAccount", "WDAGUtilityAccount", "Administrator",
    };
    /* Of read-only domain controllers, and of directory synchronisation, which may read every password. */
    static const struct text prefixes[] = {TEXT("krbtgt_"), TEXT("MSOL_"), TEXT("AAD_")};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (text_equal_ignoring_case(name, text_of(names[i])))
            return true;
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        if (account_name_begins_with(name, prefixes[i]))
            return true;
    }
    return name.length != 0 && name.base[name.length - 1] == '$'; /* a machine's */
}
