// The loop that the hub's fan-out is measured beside: whoever sends "online NICK" is in; what anybody then says goes
// to all with sendmmsg, 64 at a time. One thread, no other duty. Prints its port.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

int main() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int size = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof own;
  if (bind(fd, reinterpret_cast<sockaddr *>(&own), sizeof own) != 0) return perror("bind"), 4;
  getsockname(fd, reinterpret_cast<sockaddr *>(&own), &length);
  printf("%d\n", ntohs(own.sin_port));
  fflush(stdout);

  std::vector<sockaddr_in> peers;
  std::map<std::pair<uint32_t, uint16_t>, std::string> nicks;
  char buffer[2048];
  mmsghdr out[64];
  memset(out, 0, sizeof out);
  for (;;) {
    sockaddr_in from{};
    socklen_t fromLength = sizeof from;
    const ssize_t bytes = recvfrom(fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr *>(&from), &fromLength);
    if (bytes < 0) continue;
    std::string text(buffer, static_cast<size_t>(bytes));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    auto &nick = nicks[{from.sin_addr.s_addr, from.sin_port}];
    if (nick.empty()) {
      nick = text.substr(text.find(' ') + 1);
      peers.push_back(from);
      text = "You are online as " + nick + "\n";
      sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr *>(&from), fromLength);
      continue;
    }
    std::string line = nick + ": " + text + "\n";
    iovec vector{line.data(), line.size()};
    for (size_t start = 0; start < peers.size();) {
      const size_t count = peers.size() - start < 64 ? peers.size() - start : 64;
      for (size_t i = 0; i < count; i++) {
        out[i].msg_hdr.msg_name = &peers[start + i];
        out[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
        out[i].msg_hdr.msg_iov = &vector;
        out[i].msg_hdr.msg_iovlen = 1;
      }
      const int sent = sendmmsg(fd, out, static_cast<unsigned>(count), 0);
      if (sent > 0) start += static_cast<size_t>(sent);
    }
  }
}
