// A session as docs/protocol.md has it, as far as a load tool on the loopback interface needs it: handshake, streams in
// order, acknowledgements as they are there, and what was not acknowledged for long is sent again. No congestion
// control, no change of keys (2^20 packets), no change of address.
#pragma once
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "clock.hpp"

using Bytes = std::string;

inline Bytes randomBytes(size_t size) {
  Bytes bytes(size, '\0');
  RAND_bytes(reinterpret_cast<unsigned char *>(bytes.data()), static_cast<int>(size));
  return bytes;
}

inline const unsigned char *raw(const Bytes &bytes) { return reinterpret_cast<const unsigned char *>(bytes.data()); }
inline unsigned char *raw(Bytes &bytes) { return reinterpret_cast<unsigned char *>(bytes.data()); }

inline void putVarint(Bytes &to, uint64_t value) {
  const int shift = value < 0x40 ? 0 : value < 0x4000 ? 1 : value < 0x40000000 ? 2 : 3;
  for (int at = (1 << shift) - 1; at >= 0; at--)
    to += static_cast<char>((value >> (8 * at)) | (at == (1 << shift) - 1 ? shift << 6 : 0));
}

inline Bytes bigEndian(uint64_t value, int bytes) {
  Bytes out;
  for (int at = bytes - 1; at >= 0; at--) out += static_cast<char>(value >> (8 * at));
  return out;
}

/** Reads from the front; beyond the end it throws. */
struct Reader {
  const unsigned char *at, *end;
  uint64_t varint() {
    if (at >= end) throw std::runtime_error("cut short");
    const int size = 1 << (*at >> 6);
    if (end - at < size) throw std::runtime_error("cut short");
    uint64_t value = *at & 0x3f;
    for (int i = 1; i < size; i++) value = value << 8 | at[i];
    at += size;
    return value;
  }
  const unsigned char *take(uint64_t size) {
    if (static_cast<uint64_t>(end - at) < size) throw std::runtime_error("cut short");
    at += size;
    return at - size;
  }
};

/** ChaCha20-Poly1305 with Noise's nonces. */
class Aead {
 public:
  Bytes seal(const Bytes &key, uint64_t number, const Bytes &aad, const Bytes &plain) {
    Bytes out(plain.size() + 16, '\0');
    int length = 0;
    start(key, number, true);
    EVP_EncryptUpdate(context, nullptr, &length, raw(aad), static_cast<int>(aad.size()));
    EVP_EncryptUpdate(context, raw(out), &length, raw(plain), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, raw(out) + length, &length);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, raw(out) + plain.size());
    return out;
  }
  bool tryOpen(const Bytes &key, uint64_t number, const unsigned char *aad, size_t aadSize,
               const unsigned char *sealed, size_t size, unsigned char *plain) {
    if (size < 16) return false;
    int length = 0;
    start(key, number, false);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, const_cast<unsigned char *>(sealed + size - 16));
    EVP_DecryptUpdate(context, nullptr, &length, aad, static_cast<int>(aadSize));
    EVP_DecryptUpdate(context, plain, &length, sealed, static_cast<int>(size - 16));
    return EVP_DecryptFinal_ex(context, plain, &length) == 1;
  }

 private:
  EVP_CIPHER_CTX *const context = EVP_CIPHER_CTX_new();
  bool isNew = true;
  void start(const Bytes &key, uint64_t number, bool seals) {
    unsigned char nonce[12] = {};
    for (int i = 0; i < 8; i++) nonce[4 + i] = static_cast<unsigned char>(number >> (8 * i));
    EVP_CipherInit_ex(context, isNew ? EVP_chacha20_poly1305() : nullptr, nullptr, raw(key), nonce, seals);
    isNew = false;
  }
};
inline Aead sealing, opening;

inline Bytes blake2b(const Bytes &text) {
  Bytes hash(64, '\0');
  EVP_Digest(text.data(), text.size(), raw(hash), nullptr, EVP_blake2b512(), nullptr);
  return hash;
}

inline Bytes hmac(const Bytes &key, const Bytes &text) {
  Bytes inner(128, '\x36'), outer(128, '\x5c');
  for (size_t i = 0; i < key.size(); i++) inner[i] ^= key[i], outer[i] ^= key[i];
  return blake2b(outer + blake2b(inner + text));
}

struct KeyPair {
  EVP_PKEY *key = nullptr;
  Bytes publicKey = Bytes(32, '\0');
  KeyPair() {
    const Bytes own = randomBytes(32);
    size_t size = 32;
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw(own), 32);
    EVP_PKEY_get_raw_public_key(key, raw(publicKey), &size);
  }
  Bytes shared(const Bytes &other) const {
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, raw(other), 32);
    EVP_PKEY_CTX *derivation = EVP_PKEY_CTX_new(key, nullptr);
    Bytes secret(32, '\0');
    size_t size = 32;
    EVP_PKEY_derive_init(derivation);
    EVP_PKEY_derive_set_peer(derivation, peer);
    EVP_PKEY_derive(derivation, raw(secret), &size);
    EVP_PKEY_CTX_free(derivation);
    EVP_PKEY_free(peer);
    return secret;
  }
};

/** The symmetric half of Noise_IK_25519_ChaChaPoly_BLAKE2b. */
struct Noise {
  Bytes h = Bytes("Noise_IK_25519_ChaChaPoly_BLAKE2b") + Bytes(31, '\0'), ck = h, k;
  uint64_t n = 0;
  void mixHash(const Bytes &text) { h = blake2b(h + text); }
  std::array<Bytes, 2> derive(const Bytes &text) const {
    const Bytes temporary = hmac(ck, text), one = hmac(temporary, "\1");
    return {one, hmac(temporary, one + '\2')};
  }
  void mixKey(const Bytes &secret) {
    const auto [one, two] = derive(secret);
    ck = one, k = two.substr(0, 32), n = 0;
  }
  Bytes encrypt(const Bytes &plain) {
    const Bytes sealed = sealing.seal(k, n++, h, plain);
    mixHash(sealed);
    return sealed;
  }
  Bytes decrypt(const Bytes &sealed) {
    Bytes plain(sealed.size() < 16 ? 0 : sealed.size() - 16, '\0');
    if (!opening.tryOpen(k, n++, raw(h), h.size(), raw(sealed), sealed.size(), raw(plain)))
      throw std::runtime_error("the hub's answer is not authentic");
    mixHash(sealed);
    return plain;
  }
};

class SessionClient {
 public:
  const int fd;
  /** When an acknowledgement must leave; 0 for none. */
  double ackAtMs = 0;

  explicit SessionClient(const sockaddr_in &to) : fd(socket(AF_INET, SOCK_DGRAM, 0)) {
    const int size = 1 << 20;
    const timeval patience{2, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, reinterpret_cast<const sockaddr *>(&to), sizeof to) != 0) throw std::runtime_error("connect");
    handshake();
  }

  /** Sends stream data in a packet of its own, with an acknowledgement. @param data at most 1000 bytes. */
  void write(uint64_t stream, const Bytes &data) {
    const uint64_t offset = written[stream];
    written[stream] += data.size();
    sendData({stream, offset, data, 0});
  }

  /** Reads all that has come. @param onData gets the bytes of each stream in order. */
  template <typename OnData>
  bool readAll(OnData onData) {
    static unsigned char packet[65536], plain[65536];
    bool any = false;
    for (;;) {
      const ssize_t size = recv(fd, packet, sizeof packet, MSG_DONTWAIT);
      if (size <= 0) break;
      any = true;
      receive(packet, static_cast<size_t>(size), plain, onData);
    }
    if (owed >= 16 || owedBytes >= 2400 || isUrgent) sendAck();
    return any;
  }

  void sendAck() {
    Bytes payload;
    putAck(payload);
    sendPacket(payload);
  }

  /** Sends again what has waited for an acknowledgement for 300 ms. */
  void repeat() {
    while (!inFlight.empty() && inFlight.begin()->second.sentAtMs < nowMs() - 300) {
      const Sent oldest = inFlight.begin()->second;
      inFlight.erase(inFlight.begin());
      sendData(oldest);
    }
  }

 private:
  struct Sent {
    uint64_t stream, offset;
    Bytes data;
    double sentAtMs;
  };
  Bytes localCid = randomBytes(8), header, sendKey, receiveKey;
  uint64_t nextNumber = 0;
  std::map<uint64_t, uint64_t> written;
  std::map<uint64_t, Sent> inFlight;
  struct Received {
    uint64_t next = 0;
    std::map<uint64_t, Bytes> waiting;
  };
  std::map<uint64_t, Received> streams;
  /** Numbers that came, as [first, last], the highest last; the hub leaves some out. */
  std::deque<std::array<uint64_t, 2>> ranges;
  int owed = 0;
  size_t owedBytes = 0;
  bool isUrgent = false;

  Bytes ask(const Bytes &packet, char type) {
    for (int tries = 0; tries < 10; tries++) {
      send(fd, packet.data(), packet.size(), 0);
      Bytes answer(1500, '\0');
      const ssize_t size = recv(fd, answer.data(), answer.size(), 0);
      if (size > 1 && answer[1] == type) return answer.substr(0, static_cast<size_t>(size));
    }
    throw std::runtime_error("the hub does not answer");
  }

  void handshake() {
    const Bytes fields = Bytes("\1\0", 2) + randomBytes(32) + Bytes("\0\1", 2);
    Bytes hello = "\xf9\x01" + fields;
    hello.resize(256);
    const Bytes retry = ask(hello, 2).substr(18), hubKey = retry.substr(23, 32);
    const Bytes prologue = "\xf9\x03" + fields + retry + localCid;

    const KeyPair own, ephemeral;
    Noise noise;
    noise.mixHash(prologue);
    noise.mixHash(hubKey);
    noise.mixHash(ephemeral.publicKey);
    noise.mixKey(ephemeral.shared(hubKey));
    Bytes message = ephemeral.publicKey + noise.encrypt(own.publicKey);
    noise.mixKey(own.shared(hubKey));
    Bytes limits;
    // Credit for all that a run brings, and datagrams as large as palaver's own client reads them.
    for (const uint64_t limit : {uint64_t{1} << 40, uint64_t{1} << 40, uint64_t{64}, uint64_t{7200000}, uint64_t{65000}})
      putVarint(limits, limit);
    message += noise.encrypt(limits);
    Bytes init = prologue + bigEndian(message.size(), 2) + message;
    init.resize(1200);

    const Bytes answer = ask(init, 4).substr(10), hubEphemeral = answer.substr(0, 32);
    noise.mixHash(hubEphemeral);
    noise.mixKey(ephemeral.shared(hubEphemeral));
    noise.mixKey(own.shared(hubEphemeral));
    header = "\xf9\x10" + noise.decrypt(answer.substr(32)).substr(0, 8);
    const auto [one, two] = noise.derive("");
    sendKey = one.substr(0, 32), receiveKey = two.substr(0, 32);
  }

  void sendPacket(const Bytes &payload) {
    const Bytes start = header + bigEndian(nextNumber, 6);
    const Bytes packet = start + sealing.seal(sendKey, nextNumber++, start, payload);
    send(fd, packet.data(), packet.size(), 0);
  }

  void sendData(Sent sent) {
    Bytes payload;
    putAck(payload);
    payload += '\3';
    putVarint(payload, sent.stream);
    putVarint(payload, sent.offset);
    putVarint(payload, sent.data.size());
    payload += sent.data;
    sent.sentAtMs = nowMs();
    inFlight[nextNumber] = sent;
    sendPacket(payload);
  }

  void putAck(Bytes &payload) {
    if (owed == 0) return;
    payload += '\2';
    putVarint(payload, ranges.back()[1]);
    putVarint(payload, 0);
    putVarint(payload, ranges.size() - 1);
    putVarint(payload, ranges.back()[1] - ranges.back()[0]);
    for (size_t at = ranges.size() - 1; at-- > 0;) {
      putVarint(payload, ranges[at + 1][0] - 2 - ranges[at][1]);
      putVarint(payload, ranges[at][1] - ranges[at][0]);
    }
    owed = 0, owedBytes = 0, isUrgent = false, ackAtMs = 0;
  }

  /** @returns false for a number that came before. A late one below the last ranges is taken for one of these. */
  bool note(uint64_t number) {
    if (!ranges.empty() && number <= ranges.back()[1]) {
      for (auto &range : ranges) {
        if (range[0] <= number && number <= range[1]) return false;
        if (number == range[1] + 1) return range[1]++, true;
      }
      return false;
    }
    if (!ranges.empty() && number == ranges.back()[1] + 1) return ranges.back()[1]++, true;
    if (!ranges.empty()) isUrgent = true;
    ranges.push_back({number, number});
    // The hub does not ask for what it knows; four ranges are more than it has unacknowledged.
    if (ranges.size() > 4) ranges.pop_front();
    return true;
  }

  template <typename OnData>
  void receive(const unsigned char *packet, size_t size, unsigned char *plain, OnData onData) {
    if (size <= 32 || packet[1] != 0x10) return;
    uint64_t number = 0;
    for (int i = 10; i < 16; i++) number = number << 8 | packet[i];
    if (!opening.tryOpen(receiveKey, number, packet, 16, packet + 16, size - 16, plain)) return;
    if (!note(number)) return;
    Reader reader{plain, plain + size - 32};
    bool isEliciting = false;
    while (reader.at < reader.end) isEliciting |= readFrame(reader, onData);
    if (!isEliciting) return;
    if (owed++ == 0) ackAtMs = nowMs() + 25;
    owedBytes += size;
  }

  template <typename OnData>
  bool readFrame(Reader &reader, OnData onData) {
    const int type = *reader.take(1);
    switch (type) {
      case 0: return false;
      case 1: return true;
      case 2: return readAck(reader), false;
      case 3: case 4: {
        const uint64_t stream = reader.varint(), offset = reader.varint(), size = reader.varint();
        insert(stream, offset, reader.take(size), size, onData);
        return true;
      }
      case 5: return reader.varint(), reader.varint(), reader.varint(), true;
      case 6: return reader.varint(), true;
      case 7: return reader.varint(), reader.varint(), true;
      case 9: case 10: return reader.take(8), false;
      case 11: {
        reader.varint();
        const uint64_t length = reader.varint();
        throw std::runtime_error("the hub closed: " + Bytes(reinterpret_cast<const char *>(reader.take(length)), length));
      }
      default: throw std::runtime_error("an unknown frame");
    }
  }

  void readAck(Reader &reader) {
    uint64_t last = reader.varint();
    reader.varint();
    const uint64_t more = reader.varint();
    uint64_t first = last - reader.varint();
    for (uint64_t i = 0;; i++) {
      inFlight.erase(inFlight.lower_bound(first), inFlight.upper_bound(last));
      if (i == more) return;
      last = first - 2 - reader.varint();
      first = last - reader.varint();
    }
  }

  template <typename OnData>
  void insert(uint64_t id, uint64_t offset, const unsigned char *data, uint64_t size, OnData onData) {
    Received &stream = streams[id];
    const uint64_t end = offset + size;
    if (end <= stream.next) return;
    if (offset > stream.next) {
      stream.waiting[offset] = Bytes(reinterpret_cast<const char *>(data), size);
      return;
    }
    onData(id, data + (stream.next - offset), end - stream.next);
    stream.next = end;
    while (!stream.waiting.empty() && stream.waiting.begin()->first <= stream.next) {
      const auto node = stream.waiting.extract(stream.waiting.begin());
      insert(id, node.key(), raw(node.mapped()), node.mapped().size(), onData);
    }
  }
};
