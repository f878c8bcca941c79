#include "bundle_impl.h"

#include "canon.h"

void
bundle_init(struct bundle *b, struct arena *mem)
{
	memset(b, 0, sizeof(*b));
	b->mem = mem;
	b->boot = b->init = b->dict = "";
	model_init(&b->objects, mem);
}

void
bundle_clear(struct bundle *b)
{
	vec_clear(&b->releases);
	model_clear(&b->objects);
	vec_clear(&b->prev);
}

void
bundle_sum_key(struct sha256 *sum, bool first, const char *name)
{
	WM_SBUF key = SBUF_INIT;

	sbuf_putc(&key, first ? '{' : ',');
	canon_string(&key, name, strlen(name));
	sbuf_putc(&key, ':');
	sha256_put(sum, key.s, key.len);
}

void
bundle_sum_end(struct sha256 *sum, char out_hex[2 * SHA256_SIZE + 1])
{
	unsigned char bytes[SHA256_SIZE];

	sha256_put(sum, "}", 1);
	sha256_end(sum, bytes);
	sha256_hex(bytes, out_hex);
}
