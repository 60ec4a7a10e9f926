// A link that loses packets and takes its time, for programs that know nothing of it: two TUN devices (tun(4) of Linux), one here and
// one in a network namespace, and this program between them. For kernels without netem; needs root.
// Usage: bad-link NAMESPACE DELAY_MS LOSS SEED   (prints 0 when both devices are there: bad0 here, bad1 in the namespace)
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace {
using Clock = std::chrono::steady_clock;

// As many as a router keeps; what comes then is dropped, as it does.
constexpr size_t maxWaiting = 10'000;

struct Waiting {
  Clock::time_point leavesAt;
  std::vector<char> bytes;
};

int openTun(const char *name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
    perror(name);
    exit(4);
  }
  return fd;
}
}  // namespace

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const auto delay = std::chrono::milliseconds(atoi(argv[2]));
  std::bernoulli_distribution isLost(atof(argv[3]));
  std::mt19937 random(static_cast<unsigned>(atoi(argv[4])));
  int ends[2] = {openTun("bad0"), 0};
  const std::string path = std::string("/var/run/netns/") + argv[1];
  const int space = open(path.c_str(), O_RDONLY);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) return perror(argv[1]), 4;
  ends[1] = openTun("bad1");
  puts("0");
  fflush(stdout);

  // What came in at one end and leaves by the other.
  std::deque<Waiting> waiting[2];
  for (;;) {
    int timeoutMs = -1;
    for (const auto &queue : waiting) {
      if (queue.empty()) continue;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(queue.front().leavesAt - Clock::now()).count();
      const int ms = left < 0 ? 0 : static_cast<int>(left);
      if (timeoutMs < 0 || ms < timeoutMs) timeoutMs = ms;
    }
    pollfd sockets[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
    poll(sockets, 2, timeoutMs);
    const auto now = Clock::now();
    for (int end = 0; end < 2; end++) {
      char packet[2048];
      for (ssize_t size; (size = read(ends[end], packet, sizeof packet)) > 0;) {
        if (isLost(random) || waiting[end].size() >= maxWaiting) continue;
        waiting[end].push_back({now + delay, std::vector<char>(packet, packet + size)});
      }
      auto &queue = waiting[end];
      for (; !queue.empty() && queue.front().leavesAt <= Clock::now(); queue.pop_front()) {
        // A device whose queue is full loses it, as any would.
        if (write(ends[1 - end], queue.front().bytes.data(), queue.front().bytes.size()) < 0) continue;
      }
    }
  }
}
