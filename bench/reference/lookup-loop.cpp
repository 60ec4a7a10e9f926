// The textbook loop that the hub is measured beside: recvfrom, look the word up, sendto; one thread.
// Usage: lookup-loop WORDS   (a file of `word:translation` lines); prints its port.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <unordered_map>

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: lookup-loop WORDS\n"), 2;
  std::unordered_map<std::string, std::string> words;
  std::ifstream file(argv[1]);
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon != std::string::npos) words[line.substr(0, colon)] = line.substr(colon + 1);
  }
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof own;
  if (bind(fd, reinterpret_cast<sockaddr *>(&own), sizeof own) != 0) return perror("bind"), 4;
  getsockname(fd, reinterpret_cast<sockaddr *>(&own), &length);
  printf("%d\n", ntohs(own.sin_port));
  fflush(stdout);
  char buffer[2048];
  for (;;) {
    sockaddr_in from{};
    socklen_t fromLength = sizeof from;
    ssize_t bytes = recvfrom(fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr *>(&from), &fromLength);
    if (bytes < 0) continue;
    while (bytes > 0 && (buffer[bytes - 1] == '\n' || buffer[bytes - 1] == '\r')) bytes--;
    const std::string word(buffer, static_cast<size_t>(bytes));
    const auto found = words.find(word);
    const std::string answer =
        found == words.end() ? "unknown: " + word + "\n" : word + " " + found->second + "\n";
    sendto(fd, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr *>(&from), fromLength);
  }
}
