/* One blocking request, for programs at a prompt. */
#include "http_transfer.h"

enum fault http_fetch(const struct http_request *request, const char *unix_socket, const char *ca_file,
                      struct http_answer *answer, struct buffer *body)
{
    struct http_transfer transfer;
    enum fault fault = http_transfer_prepare(&transfer, request, NULL, ca_file);
    CURLcode result = CURLE_URL_MALFORMAT;
    if (fault == FAULT_NONE) {
        if (unix_socket != NULL)
            curl_easy_setopt(transfer.handle.easy, CURLOPT_UNIX_SOCKET_PATH, unix_socket);
        result = curl_easy_perform(transfer.handle.easy);
    }
    *answer = http_transfer_answer(&transfer, result);
    if (fault != FAULT_NONE)
        answer->fault = fault;
    buffer_append(body, answer->body);
    answer->body = buffer_text(body);
    answer->content_type = answer->header = TEXT_NONE; /* went with the transfer */
    http_transfer_dispose(&transfer);
    return answer->fault;
}
