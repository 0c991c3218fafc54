/* The gateway's part of connecting an account. */
#include "people.h"

void people_begin(struct stage *stage, const char *settings, const char *state, struct text *go_to,
                  struct text *keep)
{
    const struct json_value *answer;
    assert_int_equal(stage_ask(stage, "connect_begin", &answer,
                               "\"target\":" STAGE_TARGET ALICE ",\"redirect_uri\":\"" REDIRECT_URI
                               "\",\"state\":\"%s\",\"scope\":\"read\"",
                               stage_text(stage, settings), ",\"connects\":true", state),
                     0);
    *go_to = json_text_of(answer, "go_to");
    *keep = json_text_of(answer, "keep");
}

int64_t people_finish(struct stage *stage, const char *settings, const char *state, struct text keep,
                      const char *answers, const struct json_value **answer)
{
    return stage_ask(stage, "connect_finish", answer,
                     "\"target\":" STAGE_TARGET ALICE ",\"redirect_uri\":\"" REDIRECT_URI
                     "\",\"state\":\"%s\",\"keep\":\"%.*s\",\"answers\":%s",
                     stage_text(stage, settings), ",\"connects\":true", state, TEXT_ARGUMENTS(keep), answers);
}

void people_connect(struct stage *stage)
{
    struct text go_to, keep;
    people_begin(stage, CONNECTED, "st-1", &go_to, &keep);
    stage_answers(
        stage, 200,
        "{\"access_token\":\"at-0\",\"token_type\":\"Bearer\",\"expires_in\":1,\"refresh_token\":\"RT-1\","
        "\"scope\":\"files.read files.write offline_access\"}");
    assert_int_equal(people_finish(stage, CONNECTED, "st-1", keep,
                                   "{\"code\":\"c-1\",\"iss\":\"https://login.example\"}", NULL),
                     0);
}
