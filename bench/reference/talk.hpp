// What load tools do with peers that are all in one room: these speak in turn, WINDOW messages under way at a time, or with
// RATE so many a second, and then it is said how long each message was on its way.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "clock.hpp"

struct Pace {
  double seconds;
  long window = 1;
  double rate = 0;

  /** @param arguments SECONDS [WINDOW [RATE]], and after them a null pointer. */
  explicit Pace(char **arguments) : seconds(atof(arguments[0])) {
    if (arguments[1] == nullptr) return;
    window = atol(arguments[1]);
    if (arguments[2] != nullptr) rate = atof(arguments[2]);
  }
};

class Talk {
 public:
  // One in each message, and nowhere else.
  static constexpr char kMark = '%';
  /** Copies of messages that came; whoever reads them counts. */
  long heard = 0;

  static std::string text(long number) { return "message " + std::to_string(number) + ", as long as people's are" + kMark; }

  /** Whether `arrived` wants to know of each copy: only at a rate. */
  bool isTimed() const { return !saidAt.empty(); }
  void arrived(size_t number, double atMs) {
    if (number < saidAt.size()) delays.push_back(atMs - saidAt[number]);
  }

  /**
   * Talks for nothing, since what runs for days is warm, prints `ready`, and when a character comes on standard input talks
   * again and prints what came of it as a JSON line.
   * @param each copies that come of a message
   * @param patienceMs what does not come within it does not come
   * @param say says the message of a number, from 0 on
   * @param read reads what comes within milliseconds; whether anything did
   * @param wait the same when nothing else is to be done meanwhile
   */
  template <typename Say, typename Read, typename Wait>
  void run(const Pace &pace, long each, int patienceMs, Say say, Read read, Wait wait) {
    long said = 0, lost = 0;
    double start = 0;
    const auto begin = [&] { said = lost = heard = 0, start = nowMs(); };
    const auto elapsed = [&] { return (nowMs() - start) / 1000; };
    const auto talk = [&] {
      begin();
      while (elapsed() < pace.seconds) {
        while (said * each - heard - lost < pace.window * each) say(said), said++;
        if (!wait(patienceMs)) lost = said * each - heard;
      }
    };
    talk();
    while (read(500)) {}
    printf("ready\n");
    fflush(stdout);
    getchar();

    if (pace.rate <= 0) talk();
    else begin();
    while (pace.rate > 0 && elapsed() < pace.seconds) {
      const double waitMs = (static_cast<double>(said) / pace.rate - elapsed()) * 1000;
      if (waitMs >= 1) {
        read(static_cast<int>(waitMs));
        continue;
      }
      saidAt.push_back(nowMs());
      say(said);
      said++;
    }
    while (pace.rate > 0 && heard < said * each && wait(500)) {}
    if (pace.rate > 0) lost = said * each - heard;
    const double seconds = elapsed();
    std::sort(delays.begin(), delays.end());
    const auto delay = [&](double share) {
      return delays.empty() ? 0 : delays[static_cast<size_t>(share * static_cast<double>(delays.size() - 1))];
    };
    printf("{\"messages\":%ld,\"deliveries\":%ld,\"lost\":%ld,\"seconds\":%.3f,\"p50Ms\":%.3f,\"p99Ms\":%.3f}\n", said, heard,
           lost, seconds, delay(0.5), delay(0.99));
  }

 private:
  // When each message was said, and how many milliseconds each delivery took.
  std::vector<double> saidAt, delays;
};
