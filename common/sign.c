#include "sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "diag.h"
#include "fault.h"
#include "file.h"
#include "sbuf.h"
#include "vec.h"

#define SIGNATURE_SIZE ((size_t)64)

struct sign_key {
	EVP_PKEY *pkey;
};

/* A passphrase that may be asked for, and what happened to it. */
struct asking {
	const char *path;	/* of the key */
	const char *file;	/* that holds it; NULL: the terminal */
	bool asked;
	bool reported;		/* why there is none */
};

void
sign_key_freep(struct sign_key **k)
{
	if (*k != NULL) {
		EVP_PKEY_free((*k)->pkey);
		free(*k);
	}
}

static void
bio_freep(BIO **b)
{
	BIO_free(*b);
}
#define WM_BIO WM_CLEANUP(bio_freep) BIO

static void
md_freep(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}
#define WM_MD WM_CLEANUP(md_freep) EVP_MD_CTX

/* Write a new file; never one that is there. */
static bool
create_file(const char *path, mode_t mode, const char *text, size_t len)
{
	struct loc at = { path, 0, 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool ok;

	if (fd < 0 && errno == EEXIST) {
		diag_error(&at, "exists already, and is not written over");
		return false;
	}
	if (fd < 0) {
		diag_failed(&at, "could not create file: %s", strerror(errno));
		return false;
	}
	errno = 0;
	/* the mask of the user may close a file, not open one */
	ok = !fault(FAULT_WRITE) && write(fd, text, len) == (ssize_t)len &&
	    fsync(fd) == 0;
	if (close(fd) != 0)
		ok = false;
	if (!ok) {
		diag_failed(&at, "could not write file: %s",
		    strerror(errno ? errno : EIO));
		unlink(path);
	}
	return ok;
}

/* The first line of a file. Returns its length, -1 once that has failed. */
static int
passphrase_of_file(const char *path, char *buf, int size)
{
	struct loc at = { path, 0, 0 };
	WM_SBUF text = SBUF_INIT;
	struct stat st;
	int len = -1;

	if (!file_read(path, &text))
		return -1;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		diag_warn(&at, NULL, "others may read this passphrase");
	if (text.len > 0)
		len = (int)strcspn(text.s, "\r\n");
	if (len > 0 && len < size) {
		memcpy(buf, text.s, (size_t)len + 1);
		buf[len] = '\0';
	} else {
		diag_error(&at, len > 0 ? "the passphrase is too long" :
		    "holds no passphrase: its first line is empty");
		len = -1;
	}
	if (text.len > 0)
		explicit_bzero(text.s, text.len);
	return len;
}

static int
on_passphrase(char *buf, int size, int writing, void *ctx)
{
	struct asking *ask = ctx;
	struct loc at = { ask->path, 0, 0 };
	WM_SBUF prompt = SBUF_INIT;
	int fd, len;

	/* a form of the key after the other is tried */
	if (ask->reported)
		return -1;
	ask->asked = true;
	if (ask->file != NULL) {
		len = passphrase_of_file(ask->file, buf, size);
		ask->reported = len < 0;
		return len;
	}
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		/* OpenSSL would take it from standard input */
		diag_failed(&at, "the key is %s, and there is no terminal to "
		    "ask for its passphrase", writing ? "to be encrypted" :
		    "encrypted");
		diag_hint("--passphrase-file names a file that it is in.");
		ask->reported = true;
		return -1;
	}
	close(fd);
	sbuf_printf(&prompt, "Passphrase of %s: ", ask->path);
	if (EVP_read_pw_string(buf, size, sbuf_str(&prompt), writing) == 0 &&
	    (buf[0] != '\0' || !writing))
		return (int)strlen(buf);
	if (writing) {
		diag_error(&at, "no passphrase was given, or two that differ");
		ask->reported = true;
	}
	return -1;
}

/*
 * A new pair as PEM texts; but for the passphrase, OpenSSL fails here when
 * memory is out.
 *
 * ask   NULL: the private key is not encrypted
 */
static bool
make_pair(BIO *private, BIO *public, struct asking *ask)
{
	struct sign_key *k = xmalloc(sizeof(*k));
	WM_KEY *clean = k;
	bool ok;

	k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ok = clean->pkey != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(private, k->pkey,
	    ask ? EVP_aes_256_cbc() : NULL, NULL, 0,
	    ask ? on_passphrase : NULL, ask) == 1 &&
	    PEM_write_bio_PUBKEY(public, k->pkey) == 1;
	if (!ok && (ask == NULL || !ask->reported))
		die("OpenSSL could not make a key: %s",
		    ERR_reason_error_string(ERR_get_error()));
	ERR_clear_error();
	return ok;
}

bool
sign_generate(const char *path, bool encrypt, const char *passphrase)
{
	struct asking ask = { .path = path, .file = passphrase };
	WM_BIO *private = BIO_new(BIO_s_secmem());
	WM_BIO *public = BIO_new(BIO_s_mem());
	WM_SBUF pub = SBUF_INIT;
	struct loc at = { NULL, 0, 0 };
	char *text;
	long len;

	sbuf_printf(&pub, "%s.pub", path);
	at.file = pub.s;
	/* known before the private half is there */
	if (access(pub.s, F_OK) == 0) {
		diag_error(&at, "exists already, and is not written over");
		return false;
	}
	if (private == NULL || public == NULL)
		die("out of memory");
	if (!make_pair(private, public, encrypt ? &ask : NULL))
		return false;
	len = BIO_get_mem_data(private, &text);
	if (!create_file(path, 0600, text, (size_t)len))
		return false;
	len = BIO_get_mem_data(public, &text);
	if (create_file(pub.s, 0644, text, (size_t)len))
		return true;
	unlink(path);
	return false;
}

/* Why a file holds no key of the wanted kind. */
static void
explain(const struct loc *at, BIO *in, bool private, const struct asking *ask)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len;

	if (ask->reported)
		return;
	if (ask->asked) {
		diag_error(at, "the key could not be decrypted: wrong "
		    "passphrase");
		return;
	}
	(void)BIO_seek(in, 0);
	if (PEM_read_bio(in, &name, &header, &data, &len) == 1 && private &&
	    strcmp(name, "PUBLIC KEY") == 0)
		diag_error(at, "is a public key; signing takes the private "
		    "one");
	else if (name != NULL && !private && strstr(name, "PRIVATE KEY"))
		diag_error(at, "is a private key; the public one is wanted "
		    "here");
	else
		diag_error(at, "holds no %s key in PEM form",
		    private ? "private" : "public");
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
}

static struct sign_key *
load(const char *path, bool private, const char *passphrase)
{
	struct loc at = { path, 0, 0 };
	WM_BIO *in = NULL;
	struct asking ask = { .path = path, .file = passphrase };
	struct sign_key *k;
	struct stat st = { .st_mode = 0 };
	EVP_PKEY *pkey;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		diag_failed(&at, "is a directory, not a file");
		return NULL;
	}
	errno = 0;
	in = fault(FAULT_READ) ? NULL : BIO_new_file(path, "r");
	if (in == NULL) {
		diag_failed(&at, "could not open file: %s",
		    strerror(errno ? errno : EIO));
		ERR_clear_error();
		return NULL;
	}
	pkey = private ? PEM_read_bio_PrivateKey(in, NULL, on_passphrase, &ask)
	    : PEM_read_bio_PUBKEY(in, NULL, on_passphrase, &ask);
	ERR_clear_error();
	if (pkey == NULL) {
		explain(&at, in, private, &ask);
		ERR_clear_error();
		return NULL;
	}
	if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
		diag_error(&at, "is a key of type %s, not Ed25519",
		    EVP_PKEY_get0_type_name(pkey));
		EVP_PKEY_free(pkey);
		return NULL;
	}
	if (private && (st.st_mode & 077) != 0)
		diag_warn(&at, NULL, "others may read this private key");
	k = xmalloc(sizeof(*k));
	k->pkey = pkey;
	return k;
}

struct sign_key *
sign_private(const char *path, const char *passphrase)
{
	return load(path, true, passphrase);
}

struct sign_key *
sign_public(const char *path)
{
	return load(path, false, NULL);
}

void
sign_digest(const struct sign_key *key, const char *digest, struct sbuf *out)
{
	WM_MD *md = EVP_MD_CTX_new();
	unsigned char sig[SIGNATURE_SIZE];
	char text[SIGNATURE_SIZE * 2];
	size_t len = sizeof(sig);
	int n;

	if (md == NULL ||
	    EVP_DigestSignInit(md, NULL, NULL, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(md, sig, &len, (const unsigned char *)digest,
	    strlen(digest)) != 1)
		die("OpenSSL could not sign: %s",
		    ERR_reason_error_string(ERR_get_error()));
	n = EVP_EncodeBlock((unsigned char *)text, sig, (int)len);
	sbuf_putn(out, text, (size_t)n);
}

bool
sign_verify(const struct sign_key *key, const char *digest,
    const char *signature)
{
	WM_MD *md = EVP_MD_CTX_new();
	/* 64 bytes are 88 characters with two of padding: 66 with these */
	unsigned char sig[SIGNATURE_SIZE + 2];
	bool ok;

	if (md == NULL)
		die("out of memory");
	ok = strlen(signature) == 88 && strcmp(signature + 86, "==") == 0 &&
	    signature[85] != '=' &&
	    EVP_DecodeBlock(sig, (const unsigned char *)signature, 88) == 66 &&
	    EVP_DigestVerifyInit(md, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestVerify(md, sig, SIGNATURE_SIZE,
	    (const unsigned char *)digest, strlen(digest)) == 1;
	ERR_clear_error();
	return ok;
}

/* Whether one of the keys has signed it; 1, 0, or -1 after a failure. */
static int
signed_by(const char *const *paths, size_t n, const char *digest,
    const char *signature)
{
	for (size_t i = 0; i < n; i++) {
		WM_KEY *key = sign_public(paths[i]);

		if (key == NULL)
			return -1;
		if (sign_verify(key, digest, signature))
			return 1;
	}
	return 0;
}

bool
sign_accept(const struct loc *at, const char *digest, const char *signature,
    const struct vec *trust, const struct conf *c)
{
	size_t n_conf = c ? c->n_trust : 0;
	int found;

	if (trust->n + n_conf == 0) {
		if (c == NULL || !c->require_signature)
			return true;
		diag_refuse(at, "a signature is required, and no key is "
		    "trusted");
		diag_hint("Name a public key with --trust, or as \"trust\" in "
		    "%s.", c->path);
		return false;
	}
	if (digest == NULL || signature == NULL) {
		diag_refuse(at, "the bundle is not signed");
		return false;
	}
	/* what the command line says comes in place of the configuration */
	found = trust->n > 0 ? signed_by((const char *const *)trust->v,
	    trust->n, digest, signature) :
	    signed_by(c->trust, n_conf, digest, signature);
	if (found == 0)
		diag_refuse(at, "the signature is by none of the trusted "
		    "keys, or not of this bundle");
	return found == 1;
}
