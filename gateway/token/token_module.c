/* PKCS#11 2.40 by its function list, with what this needs of it: a session, keys found by CKA_ID, made and
 * used. Keys are made so that they never leave the token. */
#include "token_module.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"
#include "base/secret.h"

enum {
    SLOTS_MAX = 64,
    P256_BYTES = 32,
    POINT_MAX = 2 * P256_BYTES + 1 + 2,
    MODULUS_MAX = 1024,
    LABEL_SIZE = 32
};

struct token_module {
    CK_FUNCTION_LIST *functions;
    CK_SLOT_ID slot;
    struct secret *pin;
};

struct token_session {
    struct token_module *module;
    CK_SESSION_HANDLE handle;
};

#define FAIL(detail, ...) snprintf(detail, TOKEN_DETAIL_SIZE, __VA_ARGS__)

/* --- opening --- */

static CK_FUNCTION_LIST *load(const char *path, char *detail)
{
    CK_FUNCTION_LIST *functions = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        FAIL(detail, "the PKCS#11 module cannot be loaded: %.400s", dlerror());
        return NULL;
    }
    CK_RV (*get)(CK_FUNCTION_LIST * *list) = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof(get));
    if (get == NULL || get(&functions) != CKR_OK || functions == NULL) {
        FAIL(detail, "%.300s is no PKCS#11 module: it has no C_GetFunctionList", path);
        return NULL;
    }
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    CK_RV result = functions->C_Initialize(&arguments);
    if (result != CKR_OK && result != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        FAIL(detail, "the PKCS#11 module %.300s does not start: C_Initialize gave 0x%lx", path, result);
        return NULL;
    }
    return functions;
}

/* Labels are 32 bytes, filled up with blanks. */
static bool has_label(CK_FUNCTION_LIST *functions, CK_SLOT_ID slot, const char *label)
{
    CK_TOKEN_INFO info;
    char padded[LABEL_SIZE];
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, strlen(label));
    return functions->C_GetTokenInfo(slot, &info) == CKR_OK && memcmp(info.label, padded, LABEL_SIZE) == 0;
}

static bool find_slot(struct token_module *module, const char *label, char *detail)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_RV result = module->functions->C_GetSlotList(CK_TRUE, slots, &count);
    for (CK_ULONG i = 0; result == CKR_OK && i < count; i++) {
        module->slot = slots[i];
        if (has_label(module->functions, slots[i], label))
            return true;
    }
    FAIL(detail, "the PKCS#11 module has no token that is called \"%s\"", label);
    return false;
}

struct token_module *token_module_open(const struct token_start *start, char *detail)
{
    struct token_module *module = calloc(1, sizeof(*module));
    INVARIANT(module != NULL);
    if (secret_read_file(start->pin_file, &module->pin) != FAULT_NONE) {
        FAIL(detail, "the PIN file %.300s cannot be read, or is open to others than its owner (set mode 0600)",
             start->pin_file);
        return NULL;
    }
    module->functions = load(start->module, detail);
    return module->functions != NULL && find_slot(module, start->label, detail) ? module : NULL;
}

static CK_RV log_in(struct token_session *session)
{
    struct token_module *module = session->module;
    CK_RV result = module->functions->C_OpenSession(module->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                                    NULL, &session->handle);
    if (result != CKR_OK)
        return result;
    result = module->functions->C_Login(session->handle, CKU_USER,
                                        (CK_UTF8CHAR *)(uintptr_t)secret_bytes(module->pin),
                                        secret_length(module->pin));
    return result == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : result;
}

struct token_session *token_session_open(struct token_module *module, char *detail)
{
    struct token_session *session = calloc(1, sizeof(*session));
    INVARIANT(session != NULL);
    session->module = module;
    CK_RV result = log_in(session);
    if (result == CKR_OK)
        return session;
    if (result == CKR_PIN_INCORRECT || result == CKR_PIN_INVALID || result == CKR_PIN_LEN_RANGE)
        FAIL(detail, "the token does not take the PIN in signing.pkcs11.pinFile; too many tries lock it");
    else if (result == CKR_PIN_LOCKED)
        FAIL(detail, "the token is locked: its PIN was wrong too often");
    else
        FAIL(detail, "the token cannot be logged into: 0x%lx", result);
    free(session);
    return NULL;
}

/* --- signing --- */

static const CK_MECHANISM_TYPE mechanisms[ALGORITHM_COUNT] = {
    [ALGORITHM_RS256] = CKM_RSA_PKCS, [ALGORITHM_PS256] = CKM_RSA_PKCS_PSS, [ALGORITHM_ES256] = CKM_ECDSA};

/* What PKCS #1 1.5 puts before a SHA-256 digest (RFC 8017 section 9.2, note 1). */
static const unsigned char digest_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                            0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static CK_RV find_private(struct token_session *session, const unsigned char *reference,
                          CK_OBJECT_HANDLE *found)
{
    CK_FUNCTION_LIST *functions = session->module->functions;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)},
                             {CKA_ID, (void *)(uintptr_t)reference, KEY_REFERENCE_SIZE}};
    CK_ULONG count = 0;
    CK_RV result = functions->C_FindObjectsInit(session->handle, wanted, 2);
    if (result != CKR_OK)
        return result;
    result = functions->C_FindObjects(session->handle, found, 1, &count);
    functions->C_FindObjectsFinal(session->handle);
    return result == CKR_OK && count == 0 ? CKR_KEY_HANDLE_INVALID : result;
}

static CK_RV sign(struct token_session *session, const struct token_request *request,
                  struct token_answer *answer)
{
    CK_FUNCTION_LIST *functions = session->module->functions;
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, DIGEST_SIZE};
    CK_MECHANISM mechanism = {mechanisms[request->algorithm], NULL, 0};
    unsigned char input[sizeof(digest_info) + DIGEST_SIZE];
    size_t head = mechanism.mechanism == CKM_RSA_PKCS ? sizeof(digest_info) : 0;
    CK_ULONG written = sizeof(answer->result);
    CK_OBJECT_HANDLE key;
    if (mechanism.mechanism == CKM_RSA_PKCS_PSS)
        mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};
    memcpy(input, digest_info, head);
    memcpy(input + head, request->digest, DIGEST_SIZE);
    CK_RV result = find_private(session, request->reference, &key);
    if (result == CKR_OK)
        result = functions->C_SignInit(session->handle, &mechanism, key);
    if (result == CKR_OK)
        result = functions->C_Sign(session->handle, input, head + DIGEST_SIZE, answer->result, &written);
    answer->length = result == CKR_OK ? (uint32_t)written : 0;
    return result;
}

/* --- making --- */

/* The number of P-256 (RFC 5480 section 2.1.1.1). */
static const unsigned char p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static bool is_elliptic(enum algorithm algorithm)
{
    return mechanisms[algorithm] == CKM_ECDSA;
}

static CK_RV generate(struct token_session *session, const struct token_request *request,
                      const unsigned char *reference, CK_OBJECT_HANDLE *public_half)
{
    bool is_curve = is_elliptic(request->algorithm);
    CK_MECHANISM mechanism = {is_curve ? CKM_EC_KEY_PAIR_GEN : CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG bits = 2048;
    unsigned char exponent[] = {1, 0, 1};
    void *id = (void *)(uintptr_t)reference, *label = (void *)(uintptr_t) "dragoman";
    CK_ATTRIBUTE public_template[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_VERIFY, &yes, sizeof(yes)},
        {CKA_ID, id, KEY_REFERENCE_SIZE},
        {CKA_LABEL, label, 8},
        is_curve ? (CK_ATTRIBUTE){CKA_EC_PARAMS, (void *)(uintptr_t)p256, sizeof(p256)}
                 : (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof(bits)},
        {CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent)},
    };
    CK_ATTRIBUTE private_template[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_PRIVATE, &yes, sizeof(yes)},
        {CKA_SENSITIVE, &yes, sizeof(yes)},
        {CKA_EXTRACTABLE, &no, sizeof(no)},
        {CKA_SIGN, &yes, sizeof(yes)},
        {CKA_ID, id, KEY_REFERENCE_SIZE},
        {CKA_LABEL, label, 8},
    };
    CK_OBJECT_HANDLE private_half;
    return session->module->functions->C_GenerateKeyPair(
        session->handle, &mechanism, public_template, is_curve ? 5 : 6, private_template,
        sizeof(private_template) / sizeof(private_template[0]), public_half, &private_half);
}

static EVP_PKEY *public_of(OSSL_PARAM_BLD *builder, const char *type)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    ERR_clear_error();
    return key;
}

/* The point is an OCTET STRING; some modules leave that away. */
static EVP_PKEY *read_point(struct token_session *session, CK_OBJECT_HANDLE object)
{
    unsigned char point[POINT_MAX];
    CK_ATTRIBUTE wanted = {CKA_EC_POINT, point, sizeof(point)};
    if (session->module->functions->C_GetAttributeValue(session->handle, object, &wanted, 1) != CKR_OK ||
        wanted.ulValueLen < 4)
        return NULL;
    bool is_bare = wanted.ulValueLen == 2 * P256_BYTES + 1;
    size_t head = is_bare ? 0 : 2;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point + head, wanted.ulValueLen - head);
    return public_of(builder, "EC");
}

static EVP_PKEY *read_modulus(struct token_session *session, CK_OBJECT_HANDLE object)
{
    unsigned char modulus[MODULUS_MAX], exponent[16];
    CK_ATTRIBUTE wanted[] = {{CKA_MODULUS, modulus, sizeof(modulus)},
                             {CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent)}};
    if (session->module->functions->C_GetAttributeValue(session->handle, object, wanted, 2) != CKR_OK)
        return NULL;
    BIGNUM *n = BN_bin2bn(modulus, (int)wanted[0].ulValueLen, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)wanted[1].ulValueLen, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    EVP_PKEY *key = public_of(builder, "RSA");
    BN_free(n);
    BN_free(e);
    return key;
}

static bool write_public(EVP_PKEY *key, struct token_answer *answer)
{
    unsigned char *at = answer->result;
    int length = key == NULL ? -1 : i2d_PUBKEY(key, NULL);
    if (length > 0 && (size_t)length <= sizeof(answer->result))
        answer->length = (uint32_t)i2d_PUBKEY(key, &at);
    EVP_PKEY_free(key);
    return answer->length != 0;
}

static CK_RV make(struct token_session *session, const struct token_request *request,
                  struct token_answer *answer)
{
    CK_OBJECT_HANDLE public_half;
    random_bytes(answer->reference, KEY_REFERENCE_SIZE);
    CK_RV result = generate(session, request, answer->reference, &public_half);
    if (result != CKR_OK)
        return result;
    EVP_PKEY *key =
        is_elliptic(request->algorithm) ? read_point(session, public_half) : read_modulus(session, public_half);
    return write_public(key, answer) ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* --- answers --- */

static bool is_session_gone(CK_RV result)
{
    return result == CKR_SESSION_HANDLE_INVALID || result == CKR_SESSION_CLOSED ||
           result == CKR_USER_NOT_LOGGED_IN || result == CKR_DEVICE_REMOVED || result == CKR_TOKEN_NOT_PRESENT;
}

static CK_RV serve(struct token_session *session, const struct token_request *request,
                   struct token_answer *answer)
{
    if ((size_t)request->algorithm >= ALGORITHM_COUNT || !token_knows(request->algorithm))
        return CKR_MECHANISM_INVALID;
    return request->kind == TOKEN_SIGN ? sign(session, request, answer) : make(session, request, answer);
}

void token_session_answer(struct token_session *session, const struct token_request *request,
                          struct token_answer *answer)
{
    CK_RV result = serve(session, request, answer);
    if (is_session_gone(result) && log_in(session) == CKR_OK)
        result = serve(session, request, answer);
    answer->kind = result == CKR_OK ? TOKEN_DONE : TOKEN_FAILED;
    if (result != CKR_OK)
        answer->length =
            (uint32_t)snprintf((char *)answer->result, sizeof(answer->result), "PKCS#11 0x%lx%s", result,
                               result == CKR_MECHANISM_INVALID ? ", the token cannot do it" : "");
}
