// The textbook file copy that transfers are measured beside: one TCP connection, a loop over 4096 bytes on both sides, no
// encryption, no checksum. Usage: tcp-copy serve FILE   (prints its port, serves one connection after the other)
//                                 tcp-copy fetch PORT FILE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {
sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool sendAll(int fd, const char *bytes, ssize_t count) {
  while (count > 0) {
    const ssize_t sent = send(fd, bytes, static_cast<size_t>(count), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    count -= sent;
  }
  return true;
}

int serve(const char *path) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in own = loopback(0);
  socklen_t length = sizeof own;
  if (bind(listener, reinterpret_cast<sockaddr *>(&own), sizeof own) != 0) return perror("bind"), 4;
  listen(listener, 1);
  getsockname(listener, reinterpret_cast<sockaddr *>(&own), &length);
  printf("%d\n", ntohs(own.sin_port));
  fflush(stdout);
  char buffer[4096];
  for (;;) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd < 0) continue;
    FILE *file = fopen(path, "rb");
    if (!file) return perror(path), 1;
    for (size_t bytes; (bytes = fread(buffer, 1, sizeof buffer, file)) > 0;)
      if (!sendAll(fd, buffer, static_cast<ssize_t>(bytes))) break;
    fclose(file);
    close(fd);
  }
}

int fetch(int port, const char *path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in hub = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr *>(&hub), sizeof hub) != 0) return perror("connect"), 5;
  FILE *file = fopen(path, "wb");
  if (!file) return perror(path), 1;
  char buffer[4096];
  for (ssize_t bytes; (bytes = recv(fd, buffer, sizeof buffer, 0)) > 0;)
    fwrite(buffer, 1, static_cast<size_t>(bytes), file);
  return fclose(file) == 0 ? 0 : 1;
}
}  // namespace

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "serve") == 0) return serve(argv[2]);
  if (argc == 4 && strcmp(argv[1], "fetch") == 0) return fetch(atoi(argv[2]), argv[3]);
  return fprintf(stderr, "usage: tcp-copy serve FILE | tcp-copy fetch PORT FILE\n"), 2;
}
