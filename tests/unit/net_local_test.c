/*
 * Sockets with a name in the file system: the mode, what is replaced and what is not, and whose
 * file is removed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/local.h"
#include "net/sock.h"

static char folder[] = "/tmp/net_local_test.XXXXXX";
static char path[64];

static void listen_here(struct local *local)
{
    struct err err = {""};
    if (local_listen(local, path, &err) < 0)
        fail_msg("%s", err.text);
}

static void expect_refused(const char *where, const char *why)
{
    struct local local;
    struct err err = {""};
    unsigned open = sock_count();
    assert_int_equal(local_listen(&local, where, &err), -1);
    if (!strstr(err.text, why))
        fail_msg("%s", err.text);
    assert_int_equal(sock_count(), open);
}

static int dial(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    memcpy(name.sun_path, path, strlen(path));
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

static void test_life(void **state)
{
    (void)state;
    struct local local;
    struct stat status;
    struct addr nobody;
    char byte = 0;
    mode_t mask = umask(0077);
    listen_here(&local);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0660);
    int client = dial();
    int server = sock_accept(local.fd, &nobody);
    assert_true(server >= 0);
    assert_int_equal(nobody.family, 0);
    assert_int_equal(sock_send(server, "x", 1), 1);
    assert_int_equal(read(client, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    sock_close(server);
    close(client);
    local_close(&local);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(sock_count(), 0);
}

/* One whose process is gone is replaced; one that is answered, or waits to be, is not. */
static void test_stale_and_alive(void **state)
{
    (void)state;
    struct local dead, alive;
    listen_here(&dead);
    sock_close(dead.fd);
    assert_int_equal(access(path, F_OK), 0);
    listen_here(&alive);
    expect_refused(path, "another process answers there");
    int clients[80];
    for (unsigned i = 0; i < 60; i++)
        clients[i] = dial();
    expect_refused(path, "another process answers there");
    for (unsigned i = 0; i < 60; i++)
        close(clients[i]);
    local_close(&alive);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_other_files(void **state)
{
    (void)state;
    char longer[LOCAL_PATH_MAX + 2];
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    expect_refused(path, "a file of that name that is no socket");
    unlink(path);
    assert_int_equal(symlink("/nowhere", path), 0);
    expect_refused(path, "a file of that name that is no socket");
    unlink(path);
    expect_refused("/nowhere/at/all", "No such file or directory");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    expect_refused(longer, "more than 107 bytes");
}

/* What somebody else has put in its place stays. */
static void test_replaced_by_another(void **state)
{
    (void)state;
    struct local first, second;
    listen_here(&first);
    unlink(path);
    listen_here(&second);
    local_close(&first);
    assert_int_equal(access(path, F_OK), 0);
    local_close(&second);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_stale_and_alive),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_replaced_by_another),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/socket", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
