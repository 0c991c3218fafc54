/* Connections of this process and of another, over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdc_client.h"
#include "relay_stage.h"

static void a_connection_of_this_process_is_its_own_and_no_other(void **state)
{
    uint16_t port, other_port;
    int listener = tcp_listen(&port), other_listener = tcp_listen(&other_port);
    (void)state;
    int first = tcp_connect(port), second = tcp_connect(other_port);
    int accepted = accept(listener, NULL, NULL), of_other = accept(other_listener, NULL, NULL);
    assert_true(kdc_client_is_own(accepted));
    assert_true(kdc_client_is_own(of_other));
    close(first);
    assert_false(kdc_client_is_own(accepted));
    assert_true(kdc_client_is_own(of_other));
    assert_false(kdc_client_is_own(listener));
    assert_false(kdc_client_is_own(-1));
    close(second);
    close(accepted);
    close(of_other);
    close(listener);
    close(other_listener);
}

/* In a process of its own: how many of two requests are answered. */
static int ask_from_elsewhere(const struct relay_stage *stage)
{
    pid_t child = fork();
    if (child == 0) {
        char request[TCP_REQUEST_SIZE], answer[1024];
        int answered = 0;
        for (int i = 0; i < 2; i++) {
            int descriptor = tcp_connect(stage->port);
            answered += tcp_send(descriptor, tcp_request('e', 20, request)) &&
                        tcp_receive_frame(descriptor, answer, sizeof(answer)) >= 0;
            close(descriptor);
        }
        _exit(answered);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A KDC closes on what is no Kerberos: were that asked for others, they could have every KDC taken for dead. */
static void nobody_else_is_heard(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_CLOSES, STAGE_NONE, 0);
    assert_int_equal(ask_from_elsewhere(&stage), 0);
    assert_int_equal(stage.warnings, 0);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 0);
    tcp_kdc_change(stage.kdcs[0], TCP_KDC_ANSWERS);
    assert_int_equal(ask_from_elsewhere(&stage), 0);
    assert_true(relay_stage_ask(&stage, 'q').is_mine);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 1);
    relay_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_of_this_process_is_its_own_and_no_other),
        cmocka_unit_test(nobody_else_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
