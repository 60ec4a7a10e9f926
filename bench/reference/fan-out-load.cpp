// Puts PEERS peers into one room and lets them speak in turn, WINDOW messages under way at a time, or with RATE so many
// a second, and then says how long each one was on its way; counts what each one gets.
// Usage: fan-out-load text|irc|nats|mqtt|socketio PORT PEERS SECONDS [WINDOW [RATE]]   Prints one JSON line.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "talk.hpp"

namespace {
constexpr int kBufferBytes = 1 << 16;

enum class Protocol { text, irc, nats, mqtt, socketio };
Protocol protocol;
int waker;
std::vector<int> sockets;
Talk talk;
char buffer[kBufferBytes];

void put(int fd, const std::string &bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t result = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (result > 0) sent += static_cast<size_t>(result);
  }
}

std::string mqtt(char type, const std::string &body) {
  std::string packet{type};
  size_t length = body.size();
  do packet += static_cast<char>((length & 127) | (length > 127 ? 128 : 0));
  while ((length >>= 7) > 0);
  return packet + body;
}

/** A text message of up to 125 bytes, masked with zeros (RFC 6455, 5.2). */
std::string webSocket(const std::string &text) {
  return std::string{'\x81', static_cast<char>(0x80 | text.size()), 0, 0, 0, 0} + text;
}

void join(int fd, int number) {
  const std::string name = "peer" + std::to_string(number);
  if (protocol == Protocol::text) put(fd, "online " + name);
  if (protocol == Protocol::irc) put(fd, "NICK " + name + "\r\nUSER " + name + " 0 * :" + name + "\r\n");
  if (protocol == Protocol::nats) put(fd, "CONNECT {\"verbose\":false}\r\nSUB room 1\r\nPING\r\n");
  if (protocol == Protocol::socketio)
    put(fd, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  if (protocol == Protocol::mqtt) {
    const std::string level("\0\4MQTT\4\2\0\0", 10);
    put(fd, mqtt('\x10', level + '\0' + static_cast<char>(name.size()) + name));
    put(fd, mqtt('\x82', std::string("\0\1\0\4room\0", 9)));
  }
}

/** Each message begins with its number. */
void noteDelays(const char *bytes, size_t length) {
  const double now = nowMs();
  const char *end = bytes + length;
  while ((bytes = static_cast<const char *>(memmem(bytes, static_cast<size_t>(end - bytes), "message ", 8)))) {
    bytes += 8;
    talk.arrived(strtoul(bytes, nullptr, 10), now);
  }
}

void speak(int fd, long number) {
  const std::string text = Talk::text(number);
  if (protocol == Protocol::text) put(fd, text);
  if (protocol == Protocol::irc) put(fd, "PRIVMSG #room :" + text + "\r\n");
  if (protocol == Protocol::nats) put(fd, "PUB room " + std::to_string(text.size()) + "\r\n" + text + "\r\n");
  if (protocol == Protocol::socketio) put(fd, webSocket("42[\"say\",\"" + text + "\"]"));
  if (protocol == Protocol::mqtt) put(fd, mqtt('\x30', std::string("\0\4room", 6) + text));
}

bool hasJoined(const std::string &heard) {
  const auto has = [&](const char *word) { return heard.find(word) != std::string::npos; };
  switch (protocol) {
    case Protocol::text: return has("online as");
    case Protocol::irc: return has(" 366 ");
    case Protocol::nats: return has("PONG");
    case Protocol::mqtt: return has("\x90");
    case Protocol::socketio: return has("40{");
  }
  return false;
}

/** Reads what is there. @returns whether anything was. */
bool readAll(int timeoutMs) {
  static epoll_event events[256];
  const int ready = epoll_wait(waker, events, 256, timeoutMs);
  for (int i = 0; i < ready; i++) {
    const int fd = events[i].data.fd;
    for (;;) {
      const ssize_t bytes = recv(fd, buffer, kBufferBytes, MSG_DONTWAIT);
      if (bytes <= 0) break;
      talk.heard += std::count(buffer, buffer + bytes, Talk::kMark);
      if (talk.isTimed()) noteDelays(buffer, static_cast<size_t>(bytes));
      if (protocol == Protocol::irc && memmem(buffer, static_cast<size_t>(bytes), "PING ", 5)) put(fd, "PONG :x\r\n");
      if (bytes < kBufferBytes && protocol != Protocol::text) break;
    }
  }
  return ready > 0;
}

void waitToJoin(int fd) {
  std::string heard;
  bool asked = protocol != Protocol::irc && protocol != Protocol::socketio;
  for (const double start = nowMs(); !hasJoined(heard);) {
    if (nowMs() - start > 10000) {
      fprintf(stderr, "fan-out-load: not let in: %s\n", heard.c_str());
      exit(1);
    }
    const ssize_t bytes = recv(fd, buffer, kBufferBytes, 0);
    if (bytes <= 0) continue;
    heard.append(buffer, static_cast<size_t>(bytes));
    const size_t ping = heard.rfind("PING ");
    if (protocol == Protocol::irc && ping != std::string::npos && heard.find('\n', ping) != std::string::npos) {
      put(fd, "PONG " + heard.substr(ping + 5, heard.find('\n', ping) - ping - 4));
      heard.erase(ping, 5);
    }
    if (!asked && heard.find(" 001 ") != std::string::npos) asked = true, put(fd, "JOIN #room\r\n");
    // Its first message, `0{...}`, says that it takes others; 40 enters the name space.
    if (!asked && heard.find("0{") != std::string::npos) asked = true, put(fd, webSocket("40"));
  }
}
}  // namespace

int main(int argc, char **argv) {
  if (argc < 5) return fprintf(stderr, "usage: fan-out-load text|irc|nats|mqtt|socketio PORT PEERS SECONDS [WINDOW [RATE]]\n"), 2;
  const std::string name = argv[1];
  protocol = name == "text"   ? Protocol::text
             : name == "irc"  ? Protocol::irc
             : name == "nats" ? Protocol::nats
             : name == "mqtt" ? Protocol::mqtt
                              : Protocol::socketio;
  const int count = atoi(argv[3]);
  const rlimit files{65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  waker = epoll_create1(0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(atoi(argv[2])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0, watched = 0; i < count; i++) {
    const int fd = socket(AF_INET, protocol == Protocol::text ? SOCK_DGRAM : SOCK_STREAM, 0);
    const int size = 1 << 20, one = 1;
    const timeval patience{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (protocol != Protocol::text) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to) != 0) return perror("connect"), 1;
    join(fd, i);
    sockets.push_back(fd);
    // Some servers let people in at ticks of a clock: many at once, so that the tick is waited for once.
    if (protocol != Protocol::text && i % 100 != 99 && i != count - 1) continue;
    for (; watched <= i; watched++) {
      const int joined = sockets[static_cast<size_t>(watched)];
      waitToJoin(joined);
      epoll_event event{EPOLLIN, {.fd = joined}};
      epoll_ctl(waker, EPOLL_CTL_ADD, joined, &event);
      while (readAll(0)) {}
    }
  }
  while (readAll(500)) {}
  // The speaker does not hear itself on IRC.
  const long each = protocol == Protocol::irc ? count - 1 : count;
  const auto say = [](long number) { speak(sockets[static_cast<size_t>(number) % sockets.size()], number); };
  talk.run(Pace(argv + 4), each, 500, say, readAll, readAll);
}
