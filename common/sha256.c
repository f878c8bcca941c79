#include "sha256.h"

#define BLOCK ((size_t)64)
/* where the length stands in the last block */
#define LEN_AT ((size_t)56)

/* Fractions of the cube roots of the first 64 primes. */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void
spread(uint32_t w[64], const unsigned char *p)
{
	for (int i = 0; i < 16; i++, p += 4)
		w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		    (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) +
		    (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
	}
}

/*
 * One round. What the standard moves from a to h stands still here: its names
 * move instead, and come back after eight.
 */
#define ROUND(a, b, c, d, e, f, g, h, i)                                     \
	do {                                                                 \
		uint32_t t = (h) + k[i] + w[i] +                             \
		    ((g) ^ ((e) & ((f) ^ (g)))) +                            \
		    (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25));                \
		(d) += t;                                                    \
		(h) = t + (((a) & (b)) | ((c) & ((a) | (b)))) +              \
		    (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22));                \
	} while (0)

static void
add_block(uint32_t state[8], const unsigned char *p)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[64];

	spread(w, p);
	for (int i = 0; i < 64; i += 8) {
		ROUND(a, b, c, d, e, f, g, h, i);
		ROUND(h, a, b, c, d, e, f, g, i + 1);
		ROUND(g, h, a, b, c, d, e, f, i + 2);
		ROUND(f, g, h, a, b, c, d, e, i + 3);
		ROUND(e, f, g, h, a, b, c, d, i + 4);
		ROUND(d, e, f, g, h, a, b, c, i + 5);
		ROUND(c, d, e, f, g, h, a, b, i + 6);
		ROUND(b, c, d, e, f, g, h, a, i + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void
sha256_begin(struct sha256 *h)
{
	/* fractions of the square roots of the first 8 primes */
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memset(h, 0, sizeof(*h));
	memcpy(h->state, start, sizeof(start));
}

void
sha256_put(struct sha256 *h, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t have = h->len % BLOCK;

	h->len += len;
	if (have > 0 && have + len >= BLOCK) {
		memcpy(h->block + have, p, BLOCK - have);
		add_block(h->state, h->block);
		p += BLOCK - have;
		len -= BLOCK - have;
		have = 0;
	}
	if (have == 0)
		for (; len >= BLOCK; p += BLOCK, len -= BLOCK)
			add_block(h->state, p);
	if (len > 0)
		memcpy(h->block + have, p, len);
}

void
sha256_end(struct sha256 *h, unsigned char out_sum[SHA256_SIZE])
{
	static const unsigned char pad[BLOCK] = { 0x80 };
	size_t have = h->len % BLOCK;
	uint64_t bits = h->len * 8;
	unsigned char end[8];

	for (size_t i = 0; i < sizeof(end); i++)
		end[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_put(h, pad, (have < LEN_AT ? LEN_AT : BLOCK + LEN_AT) - have);
	sha256_put(h, end, sizeof(end));
	for (size_t i = 0; i < SHA256_SIZE; i++)
		out_sum[i] = (unsigned char)(h->state[i / 4] >>
		    (24 - 8 * (i % 4)));
}

void
sha256_hex(const unsigned char sum[SHA256_SIZE],
    char out_hex[2 * SHA256_SIZE + 1])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(out_hex + 2 * i, 3, "%02x", sum[i]);
}
