// Asks for words and keeps OUTSTANDING questions under way, in batches, so that the server is what is measured.
// Usage: lookup-load PORT WORDS OUTSTANDING SECONDS [SOCKETS [coap|coap-put]]
// WORDS is a file of `word:translation` lines. Prints one JSON line; wrong answers and lost ones are counted. With coap
// it asks by non-confirmable GET /WORD (RFC 7252), with coap-put it stores each word first.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

namespace {
constexpr int kBatch = 64;
constexpr int kBufferBytes = 2048;

struct Asker {
  int fd = -1;
  int outstanding = 0;
};

mmsghdr messages[kBatch];
iovec vectors[kBatch];
char buffers[kBatch][kBufferBytes];

void prepare() {
  for (int i = 0; i < kBatch; i++) {
    vectors[i] = {buffers[i], kBufferBytes};
    memset(&messages[i], 0, sizeof messages[i]);
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
}
/** GET or PUT of a word with one Uri-Path option (RFC 7252, 3); the number of the message stands in bytes 2 and 3. */
std::string coapRequest(char type, char code, const std::string &word, const std::string &payload) {
  std::string packet{type, code, 0, 0, static_cast<char>(0xb0 | (word.size() < 13 ? word.size() : 13))};
  if (word.size() >= 13) packet += static_cast<char>(word.size() - 13);
  packet += word;
  return payload.empty() ? packet : packet + '\xff' + payload;
}

/** Confirmable, one after the other. */
bool coapPut(const sockaddr_in &to, const std::vector<std::string> &words) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(fd, reinterpret_cast<const sockaddr *>(&to), sizeof to) != 0) return false;
  for (size_t i = 0; i < words.size(); i++) {
    std::string packet = coapRequest(0x40, 3, words[i], "translation");
    packet[2] = static_cast<char>(i >> 8), packet[3] = static_cast<char>(i);
    send(fd, packet.data(), packet.size(), 0);
    // Its class is 2 when it went well.
    if (recv(fd, buffers[0], kBufferBytes, 0) < 4 || (buffers[0][1] & 0xe0) != 0x40) return false;
  }
  return true;
}
}  // namespace

int main(int argc, char **argv) {
  if (argc < 5) return fprintf(stderr, "usage: lookup-load PORT WORDS OUTSTANDING SECONDS [SOCKETS [coap|coap-put]]\n"), 2;
  std::vector<std::string> words;
  std::ifstream file(argv[2]);
  for (std::string line; std::getline(file, line);) words.push_back(line.substr(0, line.find(':')));
  const int outstanding = atoi(argv[3]);
  const double seconds = atof(argv[4]);
  const int count = argc > 5 ? atoi(argv[5]) : 1;
  const bool isCoap = argc > 6;
  const int each = outstanding / count > 0 ? outstanding / count : 1;

  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(atoi(argv[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (isCoap && !strcmp(argv[6], "coap-put") && !coapPut(to, words)) return fprintf(stderr, "lookup-load: a PUT failed\n"), 1;
  std::vector<std::string> questions = words;
  if (isCoap)
    for (auto &question : questions) question = coapRequest(0x50, 1, question, "");
  std::string batch[kBatch];
  uint16_t number = 0;
  std::vector<Asker> askers(static_cast<size_t>(count));
  std::vector<pollfd> polls;
  for (auto &asker : askers) {
    asker.fd = socket(AF_INET, SOCK_DGRAM, 0);
    const int size = 4 << 20;
    setsockopt(asker.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (connect(asker.fd, reinterpret_cast<sockaddr *>(&to), sizeof to) != 0) return perror("connect"), 1;
    polls.push_back({asker.fd, POLLIN, 0});
  }

  iovec outVectors[kBatch];
  mmsghdr out[kBatch];
  memset(out, 0, sizeof out);
  uint32_t seed = 1;
  long answered = 0, wrong = 0, lost = 0;
  const auto ask = [&](Asker &asker, int wanted) {
    for (int i = 0; i < wanted; i++) {
      seed = seed * 1664525u + 1013904223u;
      const std::string *question = &questions[(seed >> 8) % questions.size()];
      if (isCoap) {
        number++;
        batch[i] = *question;
        batch[i][2] = static_cast<char>(number >> 8), batch[i][3] = static_cast<char>(number);
        question = &batch[i];
      }
      outVectors[i] = {const_cast<char *>(question->data()), question->size()};
      out[i].msg_hdr.msg_iov = &outVectors[i];
      out[i].msg_hdr.msg_iovlen = 1;
    }
    for (int sent = 0; sent < wanted;) {
      const int result = sendmmsg(asker.fd, out + sent, static_cast<unsigned>(wanted - sent), 0);
      if (result > 0) sent += result;
    }
    asker.outstanding += wanted;
  };
  const auto refill = [&](Asker &asker) {
    while (asker.outstanding < each) {
      const int wanted = each - asker.outstanding;
      ask(asker, wanted < kBatch ? wanted : kBatch);
    }
  };

  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  while (elapsed() < seconds) {
    for (auto &asker : askers) refill(asker);
    // What does not come within 200 ms does not come.
    if (poll(polls.data(), polls.size(), 200) == 0) {
      for (auto &asker : askers) lost += asker.outstanding, asker.outstanding = 0;
      continue;
    }
    for (size_t i = 0; i < askers.size(); i++) {
      if (!(polls[i].revents & POLLIN)) continue;
      prepare();
      const int got = recvmmsg(askers[i].fd, messages, kBatch, MSG_DONTWAIT, nullptr);
      for (int k = 0; k < got; k++) {
        answered++;
        // 0x45 is 2.05 Content.
        const bool isRight = isCoap ? buffers[k][1] == 0x45 : buffers[k][0] == 'w';
        if (messages[k].msg_len < 4 || !isRight) wrong++;
      }
      if (got > 0) askers[i].outstanding -= got < askers[i].outstanding ? got : askers[i].outstanding;
    }
  }
  printf("{\"answered\":%ld,\"wrong\":%ld,\"lost\":%ld,\"seconds\":%.3f}\n", answered, wrong, lost, elapsed());
}
