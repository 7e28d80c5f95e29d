/* A correct server of `unb` as select() and fixed arrays make it: server PORT. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 256
#define MAX_NICK 64
#define MAX_TEXT 2048

static struct { int fd; char nick[MAX_NICK]; } clients[MAX_CLIENTS];

static void drop(int i);

/* Who does not take a whole message is dropped: nobody waits for it. */
static void say(int i, const char *text) {
    size_t len = strlen(text);
    if (clients[i].fd >= 0 && send(clients[i].fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
        drop(i);
}

static void tell(int but, const char *text) {
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (i != but && clients[i].fd >= 0 && clients[i].nick[0])
            say(i, text);
}

static void drop(int i) {
    char text[MAX_TEXT];
    if (clients[i].fd < 0)
        return;
    close(clients[i].fd);
    clients[i].fd = -1;
    if (clients[i].nick[0]) {
        snprintf(text, sizeof text, "[%s] saiu do chat.", clients[i].nick);
        clients[i].nick[0] = 0;
        tell(-1, text);
    }
}

static int named(const char *nick) {
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (clients[i].fd >= 0 && strcmp(clients[i].nick, nick) == 0)
            return i;
    return -1;
}

static char *trimmed(char *text) {
    char *end = text + strlen(text);
    while (end > text && (unsigned char)end[-1] <= ' ')
        *--end = 0;
    while (*text && (unsigned char)*text <= ' ')
        text++;
    return text;
}

static void join(int i, char *nick) {
    char text[MAX_TEXT];
    nick[strcspn(nick, " \t\r\n")] = 0;
    if (!*nick || strlen(nick) >= MAX_NICK || named(nick) >= 0) {
        say(i, "400 Bad Request\nApelido vazio, longo ou em uso.");
        return;
    }
    snprintf(text, sizeof text, "200 OK - Connected\nBem-vindo(a), %s.", nick);
    say(i, text);
    snprintf(text, sizeof text, "%s entrou no chat!", nick);
    tell(i, text);
    strcpy(clients[i].nick, nick);
}

static void list(int i) {
    char text[MAX_CLIENTS * (MAX_NICK + 2) + 64] = "200 OK - User List\n";
    for (int k = 0; k < MAX_CLIENTS; k++)
        if (clients[k].fd >= 0 && clients[k].nick[0]) {
            strcat(text, clients[k].nick);
            strcat(text, " ");
        }
    say(i, text);
}

static void obey(int i, char *line) {
    char text[MAX_TEXT];
    char *word = trimmed(line), *rest = word + strcspn(word, " ");
    if (*rest)
        *rest++ = 0;
    if (!strcasecmp(word, "MSG") && *trimmed(rest)) {
        snprintf(text, sizeof text, "[%s]: %s", clients[i].nick, rest);
        tell(i, text);
        say(i, "200 OK");
    } else if (!strcasecmp(word, "MSG")) {
        say(i, "400 Bad Request");
    } else if (!strcasecmp(word, "LIST")) {
        list(i);
    } else if (!strcasecmp(word, "QUIT")) {
        say(i, "200 OK - Disconnecting");
        drop(i);
    } else {
        say(i, "404 Not Found");
    }
}

static void hear(int i) {
    char line[1025];
    ssize_t len = recv(clients[i].fd, line, sizeof line - 1, 0);
    if (len <= 0) {
        drop(i);
        return;
    }
    line[len] = 0;
    if (clients[i].nick[0])
        obey(i, line);
    else
        join(i, trimmed(line));
}

static void greet(int listener) {
    int fd = accept(listener, NULL, NULL);
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (fd >= 0 && fd < FD_SETSIZE && clients[i].fd < 0) {
            clients[i].fd = fd;
            clients[i].nick[0] = 0;
            say(i, "NICK");
            return;
        }
    close(fd);
}

int main(int argc, char **argv) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
    socklen_t size = sizeof address;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < MAX_CLIENTS; i++)
        clients[i].fd = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 128))
        return perror("bind"), 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        fd_set ready;
        int most = listener;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        for (int i = 0; i < MAX_CLIENTS; i++)
            if (clients[i].fd >= 0) {
                FD_SET(clients[i].fd, &ready);
                most = clients[i].fd > most ? clients[i].fd : most;
            }
        if (select(most + 1, &ready, NULL, NULL, NULL) < 0)
            continue;
        for (int i = 0; i < MAX_CLIENTS; i++)
            if (clients[i].fd >= 0 && FD_ISSET(clients[i].fd, &ready))
                hear(i);
        if (FD_ISSET(listener, &ready))
            greet(listener);
    }
}
