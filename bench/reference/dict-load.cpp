// Asks a DICT server (RFC 2229) for words over one TCP connection and keeps OUTSTANDING commands under way.
// Usage: dict-load PORT WORDS OUTSTANDING SECONDS
// WORDS is a file of `word:translation` lines. Prints one JSON line like lookup-load.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "usage: dict-load PORT WORDS OUTSTANDING SECONDS\n"), 2;
  std::vector<std::string> commands;
  std::ifstream file(argv[2]);
  for (std::string line; std::getline(file, line);) commands.push_back("DEFINE * " + line.substr(0, line.find(':')) + "\r\n");
  const long outstanding = atol(argv[3]);
  const double seconds = atof(argv[4]);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(atoi(argv[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to) != 0) return perror("connect"), 1;

  uint32_t seed = 1;
  long asked = 0, answered = 0, wrong = 0;
  static char buffer[1 << 16];
  std::string line;
  bool isGreeted = false;
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  double took = 0;
  // Until the last answer, so that the server ends by itself and its CPU is counted.
  while (elapsed() < seconds || answered < asked) {
    std::string out;
    for (; isGreeted && elapsed() < seconds && asked - answered < outstanding; asked++) {
      seed = seed * 1664525u + 1013904223u;
      out += commands[(seed >> 8) % commands.size()];
    }
    for (size_t sent = 0; sent < out.size();) {
      const ssize_t result = send(fd, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
      if (result <= 0) return perror("send"), 1;
      sent += static_cast<size_t>(result);
    }
    // dictd writes an answer in pieces, and its kernel holds one back until the one before is acknowledged.
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
    const ssize_t bytes = recv(fd, buffer, sizeof buffer, 0);
    if (bytes <= 0) return fprintf(stderr, "dict-load: the server hung up\n"), 1;
    for (ssize_t i = 0; i < bytes; i++) {
      if (buffer[i] != '\n') {
        line += buffer[i];
        continue;
      }
      // 220 greets, 250 ends a definition, 552 says that there is none (RFC 2229, 7.1).
      if (!line.compare(0, 4, "220 ")) isGreeted = true;
      if (!line.compare(0, 4, "250 ")) answered++;
      if (!line.compare(0, 4, "552 ")) answered++, wrong++;
      line.clear();
    }
    took = elapsed();
  }
  send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL);
  while (recv(fd, buffer, sizeof buffer, 0) > 0) {}
  printf("{\"answered\":%ld,\"wrong\":%ld,\"lost\":0,\"seconds\":%.3f}\n", answered, wrong, took);
}
