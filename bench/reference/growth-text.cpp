// Brings PEERS text peers online, ten to a room, and then does what each line of standard input says:
//   ask ASKERS SECONDS   the first ASKERS peers ask for words in turn, 64 questions under way
//   say SECONDS          the ten of the first room speak in turn, one message at a time
// Prints "ready", and then a line of JSON for each. Usage: growth-text PORT PEERS WORDS
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

namespace {
constexpr int kRoom = 10;
constexpr long kOutstanding = 64;
std::vector<int> sockets;
int waker;
char buffer[4096];

void put(int fd, const std::string &text) { send(fd, text.data(), text.size(), 0); }

/** Says something to the hub for each of a room, and waits until each was answered with these words. */
void all(size_t first, const std::vector<std::string> &texts, const char *answer) {
  for (size_t i = 0; i < texts.size(); i++) put(sockets[first + i], texts[i]);
  for (size_t i = 0; i < texts.size(); i++) {
    ssize_t bytes;
    do {
      bytes = recv(sockets[first + i], buffer, sizeof buffer - 1, 0);
      if (bytes < 0) fprintf(stderr, "growth-text: no answer to: %s\n", texts[i].c_str()), exit(1);
      buffer[bytes] = 0;
    } while (!strstr(buffer, answer));
  }
}

/** Counts the datagrams that hold a mark. @returns how many; 0 after 500 ms, when nothing comes any more. */
long hear(const char *mark) {
  epoll_event events[256];
  long heard = 0;
  const int ready = epoll_wait(waker, events, 256, 500);
  for (int i = 0; i < ready; i++) {
    for (ssize_t bytes; (bytes = recv(events[i].data.fd, buffer, sizeof buffer - 1, MSG_DONTWAIT)) > 0;) {
      buffer[bytes] = 0;
      if (strstr(buffer, mark)) heard++;
    }
  }
  return heard;
}
}  // namespace

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: growth-text PORT PEERS WORDS\n"), 2;
  const size_t count = static_cast<size_t>(atoi(argv[2]));
  const long words = atol(argv[3]);
  const rlimit files{65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  waker = epoll_create1(0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(atoi(argv[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (size_t i = 0; i < count; i++) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const timeval patience{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to) != 0) return perror("connect"), 1;
    epoll_event event{EPOLLIN, {.fd = fd}};
    epoll_ctl(waker, EPOLL_CTL_ADD, fd, &event);
    sockets.push_back(fd);
  }
  // Through the lobby ten at a time: whoever is in it is told of everybody who comes.
  for (size_t first = 0; first < count; first += kRoom) {
    const size_t here = count - first < kRoom ? count - first : kRoom;
    std::vector<std::string> names;
    for (size_t i = 0; i < here; i++) names.push_back("online peer" + std::to_string(first + i));
    all(first, names, "You are online as");
    all(first, std::vector<std::string>(here, "/join room" + std::to_string(first / kRoom)), "You are in #room");
    all(first, std::vector<std::string>(here, "/part lobby"), "You left #lobby");
  }
  printf("ready\n");
  fflush(stdout);

  char line[100];
  uint32_t seed = 1;
  while (fgets(line, sizeof line, stdin)) {
    size_t askers = 0;
    double seconds = 0;
    const bool asks = sscanf(line, "ask %zu %lf", &askers, &seconds) == 2;
    if (!asks && sscanf(line, "say %lf", &seconds) != 1) return fprintf(stderr, "growth-text: %s", line), 2;
    const long room = static_cast<long>(count < kRoom ? count : kRoom);
    long turns = 0, done = 0, lost = 0;
    const auto start = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    while (elapsed() < seconds) {
      for (; asks && turns - done - lost < kOutstanding; turns++) {
        seed = seed * 1664525u + 1013904223u;
        put(sockets[static_cast<size_t>(turns) % askers], "/tr word" + std::to_string((seed >> 8) % static_cast<uint32_t>(words)));
      }
      for (; !asks && turns * room - done - lost < room; turns++)
        put(sockets[static_cast<size_t>(turns % room)], "message " + std::to_string(turns) + ", as long as people's are%");
      const long heard = hear(asks ? "word" : "%");
      done += heard;
      if (heard == 0) lost = (asks ? turns : turns * room) - done;
    }
    printf("{\"done\":%ld,\"lost\":%ld,\"seconds\":%.3f}\n", done, lost, elapsed());
    fflush(stdout);
    while (hear("") > 0) {}
  }
}
