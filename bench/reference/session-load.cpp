// Opens PEERS sessions in the lobby and lets them speak in turn, WINDOW messages under way at a time, or with RATE so many
// a second, and then says how long each one was on its way; each copy is deciphered, counted and acknowledged.
// Usage: session-load PORT PEERS SECONDS [WINDOW [RATE]]   Prints one JSON line.
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "session-client.hpp"
#include "talk.hpp"

namespace {
// docs/protocol.md, control stream and room streams.
constexpr uint64_t kControl = 0;
constexpr int kHello = 0x01, kJoin = 0x03, kJoined = 0x04, kSay = 0x41, kMessage = 0x43;

struct Member {
  std::unique_ptr<SessionClient> session;
  uint64_t room = 0;
  // What has come of a record that is not whole.
  std::map<uint64_t, Bytes> partial;
};
int waker;
std::vector<Member> members;
/** Whose acknowledgement waits, the oldest first. */
std::deque<std::pair<double, Member *>> owing;
Talk talk;

Bytes record(int type, const Bytes &body) {
  Bytes bytes;
  putVarint(bytes, body.size() + 1);
  return bytes + static_cast<char>(type) + body;
}

void onRecord(Member &member, uint64_t stream, int type, const unsigned char *body, size_t size) {
  const Bytes text(reinterpret_cast<const char *>(body), stream == kControl || talk.isTimed() ? size : 0);
  if (stream == kControl && type == kJoined) member.room = strtoul(text.c_str() + text.find("\"stream\":") + 9, nullptr, 10);
  if (type != kMessage || size == 0 || body[size - 1] != Talk::kMark) return;
  talk.heard++;
  if (talk.isTimed()) talk.arrived(strtoul(text.c_str() + text.find("message ") + 8, nullptr, 10), nowMs());
}

void onData(Member &member, uint64_t stream, const unsigned char *data, size_t size) {
  Bytes &partial = member.partial[stream];
  const bool isWhole = partial.empty();
  if (!isWhole) partial.append(reinterpret_cast<const char *>(data), size);
  Reader reader{isWhole ? data : raw(partial), isWhole ? data + size : raw(partial) + partial.size()};
  const unsigned char *done = reader.at;
  try {
    while (reader.at < reader.end) {
      const uint64_t length = reader.varint();
      const unsigned char *start = reader.take(length);
      onRecord(member, stream, *start, start + 1, length - 1);
      done = reader.at;
    }
  } catch (const std::runtime_error &) {
    // The rest comes with the next packet.
  }
  partial = Bytes(reinterpret_cast<const char *>(done), static_cast<size_t>(reader.end - done));
}

void readFrom(Member &member) {
  SessionClient &session = *member.session;
  const double before = session.ackAtMs;
  session.readAll([&](uint64_t stream, const unsigned char *data, size_t size) { onData(member, stream, data, size); });
  if (session.ackAtMs != 0 && session.ackAtMs != before) owing.emplace_back(session.ackAtMs, &member);
}

/** Reads what is there, and acknowledges what has waited. @returns whether anything was. */
bool readAll(int timeoutMs) {
  static epoll_event events[256];
  const int patience = owing.empty() ? timeoutMs : std::min(timeoutMs, std::max(0, static_cast<int>(owing.front().first - nowMs()) + 1));
  const int ready = epoll_wait(waker, events, 256, patience);
  for (int i = 0; i < ready; i++) readFrom(*static_cast<Member *>(events[i].data.ptr));
  for (const double now = owing.empty() ? 0 : nowMs(); !owing.empty() && owing.front().first <= now; owing.pop_front()) {
    const auto &[dueMs, member] = owing.front();
    if (member->session->ackAtMs == dueMs) member->session->sendAck();
  }
  return ready > 0;
}

/** Waits until something comes; what is not acknowledged meanwhile is sent again. @returns false after so long. */
bool waitFor(int timeoutMs) {
  for (const double start = nowMs(); nowMs() - start < timeoutMs;) {
    if (readAll(timeoutMs)) return true;
    for (Member &member : members)
      if (member.session) member.session->repeat();
  }
  return false;
}

void enter(Member &member, const sockaddr_in &hub, size_t number) {
  member.session = std::make_unique<SessionClient>(hub);
  epoll_event event{EPOLLIN, {.ptr = &member}};
  epoll_ctl(waker, EPOLL_CTL_ADD, member.session->fd, &event);
  const Bytes nick = "\"nick\":\"peer" + std::to_string(number) + '"';
  member.session->write(kControl, record(kHello, "{\"version\":1,\"client\":\"bench\"," + nick + "}"));
  member.session->write(kControl, record(kJoin, "{\"room\":\"lobby\"}"));
  while (member.room == 0)
    if (!waitFor(5000)) throw std::runtime_error("not let in");
}

/** As palaver's client makes it: 48 bits of time, which keep the hub's index in order, and 80 random ones. */
Bytes messageId() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  Bytes id = randomBytes(16);
  for (int byte = 0; byte < 6; byte++) id[byte] = static_cast<char>(ms >> (40 - 8 * byte));
  return id;
}

void speak(Member &member, long number) {
  member.session->write(member.room, record(kSay, messageId() + '\0' + Talk::text(number)));
}
}  // namespace

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: session-load PORT PEERS SECONDS [WINDOW [RATE]]\n"), 2;
  const size_t count = strtoul(argv[2], nullptr, 10);
  const rlimit files{65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  waker = epoll_create1(0);
  sockaddr_in hub{};
  hub.sin_family = AF_INET;
  hub.sin_port = htons(static_cast<uint16_t>(atoi(argv[1])));
  hub.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  members.resize(count);
  for (size_t i = 0; i < count; i++) enter(members[i], hub, i);
  while (readAll(500)) {}
  const auto say = [](long number) { speak(members[static_cast<size_t>(number) % members.size()], number); };
  talk.run(Pace(argv + 3), static_cast<long>(count), 2000, say, readAll, waitFor);
}
