/*
 * The clients of the textbooks. Usage: textbook-client SHAPE PORT WORD [ANSWERS]
 *
 *   strlen      sendto(s, strlen(s))
 *   strlen+1    sendto(s, strlen(s) + 1)
 *   buffer      char line[1024] that fgets filled over older text, sendto(line, sizeof line)
 *   string      the 32 bytes of a std::string: the text in its own small buffer, a NUL, then what lay there
 *   bytes       the word is hexadecimal
 *
 * Prints each answer as recvfrom gives it, into a buffer of 1024 bytes as textbooks have it. A signal ends the wait.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t shape(const char *name, const char *word, char *out)
{
	size_t n = strlen(word);

	if (strcmp(name, "strlen") == 0 || strcmp(name, "strlen+1") == 0) {
		memcpy(out, word, n + 1);
		return name[6] == '+' ? n + 1 : n;
	}
	if (strcmp(name, "buffer") == 0) {
		/* What the stack held, and what an earlier, longer line left behind. */
		memset(out, 0xcd, 1024);
		strcpy(out + 100, "an earlier line\n");
		FILE *in = tmpfile();
		fprintf(in, "%s\n", word);
		rewind(in);
		if (!fgets(out, 1024, in)) exit(2);
		return 1024;
	}
	if (strcmp(name, "string") == 0) {
		memset(out, 0xfe, 32);
		memcpy(out, word, n + 1);
		return 32;
	}
	if (strcmp(name, "bytes") == 0) {
		for (size_t i = 0; i < n / 2; i++) sscanf(word + 2 * i, "%2hhx", (unsigned char *)out + i);
		return n / 2;
	}
	exit(2);
}

int main(int argc, char **argv)
{
	if (argc < 4) return 2;
	struct sockaddr_in hub = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
	inet_pton(AF_INET, "127.0.0.1", &hub.sin_addr);
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	char out[2048];
	size_t n = shape(argv[1], argv[3], out);

	if (sendto(s, out, n, 0, (struct sockaddr *)&hub, sizeof hub) < 0) return 1;
	alarm(10);
	for (int left = argc > 4 ? atoi(argv[4]) : 1; left > 0; left--) {
		char in[1024];
		ssize_t got = recvfrom(s, in, sizeof in - 1, 0, NULL, NULL);
		if (got < 0) return 1;
		in[got] = '\0';
		printf("%s", in);
	}
	close(s);
	return 0;
}
