#include "fixture.h"

#include "auth/base64url.h"
#include "auth/claims.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>

/* ---- hand-made tokens ---- */

static struct bf_str b64(const void *p, size_t n)
{
    struct bf_buf b;
    bf_buf_init(&b, 16u << 20);
    bf_base64url_encode(&b, p, n);
    struct bf_str out = bf_arena_dup(arena, bf_buf_view(&b));
    bf_buf_fini(&b);
    return out;
}

static struct bf_str b64_text(const char *text)
{
    return b64(text, strlen(text));
}

/* header.payload.signature with a right signature of the test key, whatever stands in it. */
static struct bf_str sign(struct bf_str header, struct bf_str payload, struct bf_str pem)
{
    struct bf_str text =
        bf_arena_printf(arena, "%.*s.%.*s", BF_STR_ARG(header), BF_STR_ARG(payload));
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    unsigned char der[128], raw[64];
    size_t n = sizeof der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, der, &n, (const unsigned char *)text.p, text.n), 1);
    const unsigned char *at = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    BIO_free(in);
    struct bf_str tail = b64(raw, 64);
    return bf_arena_printf(arena, "%.*s.%.*s", BF_STR_ARG(text), BF_STR_ARG(tail));
}

static struct bf_str right_header(void)
{
    return b64_text("{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}");
}

static struct bf_str with_claims(const char *json)
{
    return sign(right_header(), b64_text(json), secret_pem);
}

#define GOOD_CLAIMS                                                                       \
    "\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\",\"jti\":\"0123456789ab\"," \
    "\"scope\":\"push:a\""
#define GOOD_TIMES "\"iat\":1795000000,\"nbf\":1795000000,\"exp\":1795000100"
#define FROM "\"iat\":1795000000,\"nbf\":1795000000"

/* ---- tests ---- */

static void a_key_is_issued_and_accepted(void **state)
{
    (void)state;
    struct bf_str token = issue();
    assert_true(accepts(token));
    assert_true(bf_str_eq(claims.sub, BF_STR("ilevia")));
    assert_true(bf_str_eq(claims.kid, BF_STR(KID)));
    assert_int_equal(claims.jti.n, 12);
    assert_int_equal(claims.nscopes, 2);
    assert_int_equal(claims.issued, NOW);
    assert_int_equal(claims.expires, NOW + 86400);
    assert_true(token.n < 512);
    assert_true(bf_key_is_remembered(ring, token));
    assert_false(bf_key_is_remembered(ring, (struct bf_str){token.p, token.n - 1}));
    assert_true(accepts(token)); /* the second time from memory */
    assert_false(bf_key_is_foreign(ring, token));
}

static void scopes_bound_what_a_key_may_do(void **state)
{
    (void)state;
    assert_true(accepts(issue()));
    assert_true(bf_claims_allow(&claims, BF_STR("push"), BF_STR("vlille-realtime")));
    assert_true(bf_claims_allow(&claims, BF_STR("push"), BF_STR("disponibilite-parkings")));
    assert_false(bf_claims_allow(&claims, BF_STR("push"), BF_STR("vlille-realtim")));
    assert_false(bf_claims_allow(&claims, BF_STR("push"), BF_STR("vlille-realtime2")));
    assert_false(bf_claims_allow(&claims, BF_STR("push"), BF_STR("")));
    assert_false(bf_claims_allow(&claims, BF_STR("push"), BF_STR("*")));
    assert_false(bf_claims_allow(&claims, BF_STR("read"), BF_STR("vlille-realtime")));
    struct bf_str star =
        with_claims("{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\","
                    "\"jti\":\"0123456789ab\",\"scope\":\"push:* read\"," GOOD_TIMES "}");
    assert_true(accepts(star));
    assert_true(bf_claims_allow(&claims, BF_STR("push"), BF_STR("anything")));
    assert_false(bf_claims_allow(&claims, BF_STR("read"), BF_STR("anything")));
}

static void a_key_has_a_life(void **state)
{
    (void)state;
    struct bf_str token = issue();
    assert_true(accepts_at(token, NOW + 86400));
    assert_true(accepts_at(token, NOW + 86400 + 29)); /* skew */
    assert_false(accepts_at(token, NOW + 86400 + 30));
    assert_true(accepts_at(token, NOW - 30));
    assert_false(accepts_at(token, NOW - 31));
}

static void algorithms_are_pinned(void **state)
{
    (void)state;
    struct bf_str payload = b64_text("{" GOOD_CLAIMS "," GOOD_TIMES "}");
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"nOnE\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"es256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES384\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"unknown\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"" KID "\"}",
        "{\"kid\":\"" KID "\",\"alg\":\"ES256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\", \"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"jku\":\"https://x/\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct bf_str token = sign(b64_text(headers[i]), payload, secret_pem);
        assert_false(accepts(token));
        assert_true(bf_key_is_foreign(ring, token));
    }
    struct bf_str none =
        bf_arena_printf(arena, "%.*s.%.*s.", BF_STR_ARG(b64_text(headers[0])), BF_STR_ARG(payload));
    assert_false(accepts(none));
    assert_true(accepts(sign(right_header(), payload, secret_pem))); /* the rest of it was right */
}

/* The public key is no secret: an HMAC made with its text must not open anything. */
static void hmac_with_the_public_key_is_refused(void **state)
{
    (void)state;
    struct bf_str payload = b64_text("{" GOOD_CLAIMS "," GOOD_TIMES "}");
    struct bf_str heads[] = {b64_text("{\"alg\":\"HS256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}"),
                             right_header()};
    for (size_t i = 0; i < 2; i++) {
        struct bf_str text =
            bf_arena_printf(arena, "%.*s.%.*s", BF_STR_ARG(heads[i]), BF_STR_ARG(payload));
        unsigned char mac[64] = {0};
        unsigned n;
        HMAC(EVP_sha256(), open_pem.p, (int)open_pem.n, (const unsigned char *)text.p, text.n, mac,
             &n);
        struct bf_str short_mac = b64(mac, 32), long_mac = b64(mac, 64);
        assert_false(
            accepts(bf_arena_printf(arena, "%.*s.%.*s", BF_STR_ARG(text), BF_STR_ARG(short_mac))));
        assert_false(
            accepts(bf_arena_printf(arena, "%.*s.%.*s", BF_STR_ARG(text), BF_STR_ARG(long_mac))));
    }
}

static void another_key_is_refused(void **state)
{
    (void)state;
    struct bf_str other, other_open;
    assert_true(bf_key_generate(arena, &other, &other_open, &err));
    struct bf_str payload = b64_text("{" GOOD_CLAIMS "," GOOD_TIMES "}");
    assert_false(accepts(sign(right_header(), payload, other)));
    unsigned char zeros[64] = {0};
    assert_false(accepts(bf_arena_printf(arena, "%.*s.%.*s.%.*s", BF_STR_ARG(right_header()),
                                         BF_STR_ARG(payload), BF_STR_ARG(b64(zeros, 64)))));
}

static void claims_are_typed_and_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "\"\"",
        "",
        "{" GOOD_CLAIMS "}",
        "{" GOOD_CLAIMS "," FROM "}",
        "{" GOOD_CLAIMS ",\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"nbf\":1795000000,\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":1795000000,\"exp\":1795000100}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":\"1795000100\"}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":1795000100.0}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":0}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":-1}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":null}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":99999999999999999999}",
        "{" GOOD_CLAIMS ",\"iat\":1794990000,\"nbf\":1794990000,\"exp\":1794999970}",
        "{" GOOD_CLAIMS ",\"iat\":1795000031,\"nbf\":1795000031,\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":1795000000,\"nbf\":1795000031,\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":1795000000,\"nbf\":1794999999,\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":1795000000,\"nbf\":\"1\",\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":1795000000,\"nbf\":1795000000.0,\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":1795000000.5,\"nbf\":1795000000,\"exp\":1795000100}",
        "{" GOOD_CLAIMS ",\"iat\":true,\"nbf\":1795000000,\"exp\":1795000100}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":1895000000}", /* longer than 400 days */
        "{" GOOD_CLAIMS "," FROM ",\"exp\":9223372036854775807}",
        "{" GOOD_CLAIMS "," FROM ",\"exp\":1795000000}",
        "{" GOOD_CLAIMS "," GOOD_TIMES ",\"exp\":1995000100}",  /* named twice */
        "{\"iss\":\"beffroi\"," GOOD_CLAIMS "," GOOD_TIMES "}", /* named twice */
        "{" GOOD_CLAIMS "," GOOD_TIMES "}x",
        "{\"iss\":\"Beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\",\"jti\":\"0123456789ab\","
        "\"scope\":\"push:a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"other\",\"sub\":\"a\",\"jti\":\"0123456789ab\","
        "\"scope\":\"push:a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":[\"beffroi-api\"],\"sub\":\"a\",\"jti\":\"0123456789ab\","
        "\"scope\":\"push:a\"," GOOD_TIMES "}",
        "{\"aud\":\"beffroi-api\",\"sub\":\"a\",\"jti\":\"0123456789ab\",\"scope\":\"push:"
        "a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"sub\":\"a\",\"jti\":\"0123456789ab\",\"scope\":\"push:"
        "a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"jti\":\"0123456789ab\",\"scope\":\"push:"
        "a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\",\"scope\":\"push:"
        "a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"\",\"jti\":\"0123456789ab\","
        "\"scope\":\"push:a\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\",\"jti\":"
        "\"0123456789ab\"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\",\"jti\":\"0123456789ab\","
        "\"scope\":\" \"," GOOD_TIMES "}",
        "{\"iss\":\"beffroi\",\"aud\":\"beffroi-api\",\"sub\":\"a\",\"jti\":\"0123456789ab\","
        "\"scope\":[\"push:a\"]," GOOD_TIMES "}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (accepts(with_claims(bad[i])))
            fail_msg("accepted: %s", bad[i]);
    }
    assert_true(accepts(with_claims("{" GOOD_CLAIMS "," GOOD_TIMES "}")));
    assert_false(accepts(with_claims("{" GOOD_CLAIMS "," GOOD_TIMES ",\"new\":1}")));
}

static const char *const bad_narrowing[] = {
    "\"plan\":\"\"",
    "\"plan\":1",
    "\"plan\":\"Partner\"",
    "\"plan\":\"a b\"",
    "\"plan\":null",
    "\"parent\":\"\"",
    "\"parent\":\"0123456789abc\"",
    "\"parent\":\"0123456789aI\"",
    "\"parent\":7",
    "\"rates\":{\"0123456789ab\":60}",
    "\"rate\":60,\"rates\":{}",
    "\"rate\":60,\"rates\":[]",
    "\"rate\":60,\"rates\":null",
    "\"rate\":60,\"rates\":60",
    "\"rate\":60,\"rates\":{\"0123456789ab\":59}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":0}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":-60}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":60.0}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":\"60\"}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":[60]}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":1000001}",
    "\"rate\":60,\"rates\":{\"0123456789ab\":60,\"0123456789ab\":60}",
    "\"rate\":60,\"rates\":{\"0123456789a\":60}",
    "\"rate\":60,\"rates\":{\"\":60}",
    "\"rate\":60,\"rates\":{\"0123456789aI\":60}",
    "\"rate\":60,\"rates\":{\"0123456789a0\":60,\"0123456789a1\":60,\"0123456789a2\":60,"
    "\"0123456789a3\":60,\"0123456789a4\":60}",
    "\"datasets\":[]",
    "\"datasets\":\"a\"",
    "\"datasets\":{}",
    "\"datasets\":{\"a\":1}",
    "\"datasets\":null",
    "\"datasets\":[\"\"]",
    "\"datasets\":[\"a\",1]",
    "\"datasets\":[\"*\"]",
    "\"datasets\":[\"A\"]",
    "\"datasets\":[[\"a\"]]",
    "\"datasets\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
    "\"a\","
    "\"a\",\"a\",\"a\",\"a\"]",
    "\"origins\":[]",
    "\"origins\":\"https://a\"",
    "\"origins\":[\"a\"]",
    "\"origins\":[\"*\"]",
    "\"origins\":[\"null\"]",
    "\"origins\":[\"ftp://a\"]",
    "\"origins\":[\"https://\"]",
    "\"origins\":[\"https://a/\"]",
    "\"origins\":[\"https://a/b\"]",
    "\"origins\":[\"https://A\"]",
    "\"origins\":[\"https://a:443\"]",
    "\"origins\":[\"http://a:80\"]",
    "\"origins\":[\"https://a:0\"]",
    "\"origins\":[\"https://a:65536\"]",
    "\"origins\":[\"https://a:\"]",
    "\"origins\":[\"https://a:-1\"]",
    "\"origins\":[\"https://a:1:2\"]",
    "\"origins\":[\"https://u@a\"]",
    "\"origins\":[\"https://*.a\"]",
    "\"origins\":[\"https://a\\u0000b\"]",
    "\"bbox\":[]",
    "\"bbox\":[1,2,3]",
    "\"bbox\":[1,2,3,4,5]",
    "\"bbox\":\"1,2,3,4\"",
    "\"bbox\":[1,2,\"3\",4]",
    "\"bbox\":[3,2,1,4]",
    "\"bbox\":[1,4,3,2]",
    "\"bbox\":[1,2,1,4]",
    "\"bbox\":[-181,2,3,4]",
    "\"bbox\":[1,2,3,91]",
    "\"bbox\":[1,2,3,1e300]",
    "\"bbox\":[1,2,3,1e400]",
    "\"bbox\":[null,2,3,4]",
    "\"bbox\":[true,2,3,4]",
    "\"rate\":0",
    "\"rate\":-1",
    "\"rate\":1.5",
    "\"rate\":\"60\"",
    "\"rate\":1000001",
    "\"rate\":99999999999999999999999",
    "\"rate\":null",
    "\"Rate\":1",
    "\"\":1",
    "\"b\\u0062ox\":1",
    "\"__proto__\":{}",
};

static void narrowing_claims_are_typed_and_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_narrowing / sizeof bad_narrowing[0]; i++) {
        if (accepts(with_claims(
                bf_arena_printf(arena, "{" GOOD_CLAIMS "," GOOD_TIMES ",%s}", bad_narrowing[i]).p)))
            fail_msg("accepted: %s", bad_narrowing[i]);
    }
    assert_true(accepts(
        with_claims("{" GOOD_CLAIMS "," GOOD_TIMES ",\"plan\":\"ecole\",\"parent\":"
                    "\"0123456789ab\",\"datasets\":[\"a\",\"b-c_1\"],\"origins\":[\"https://a\","
                    "\"http://a.b:8080\"],\"bbox\":[3,50.5,3.25,51],\"rate\":60}")));
    assert_true(bf_str_eq(claims.plan, BF_STR("ecole")));
    assert_true(bf_str_eq(claims.parent, BF_STR("0123456789ab")));
    assert_int_equal(claims.narrow.ndatasets, 2);
    assert_int_equal(claims.narrow.norigins, 2);
    assert_true(claims.narrow.has_box);
    assert_true(claims.narrow.box.west == 3 && claims.narrow.box.south == 50.5 &&
                claims.narrow.box.east == 3.25 && claims.narrow.box.north == 51);
    assert_int_equal(claims.narrow.rate, 60);
    assert_true(accepts(with_claims("{" GOOD_CLAIMS "," GOOD_TIMES "}")));
    assert_true(bf_str_eq(claims.plan, BF_STR("partner")));
    assert_false(claims.narrow.has_box);
    assert_int_equal(claims.narrow.ndatasets + claims.narrow.norigins, 0);
    assert_int_equal(claims.narrow.rate, 0);
    assert_int_equal(claims.parent.n, 0);
}

/* What is ordered comes back, to the last bit of a number. */
static void a_narrowed_key_is_issued(void **state)
{
    (void)state;
    struct bf_str datasets[] = {BF_STR("vlille-realtime"), BF_STR("disponibilite-parkings")};
    struct bf_str origins[] = {BF_STR("https://velo.example.org")};
    struct bf_key_order o = order();
    struct bf_str token;
    o.plan = BF_STR("ecole");
    o.scope = BF_STR("read read:agents push:* publish:mel admin");
    o.not_before = NOW + 3600;
    o.narrow = (struct bf_narrowing){.datasets = datasets,
                                     .ndatasets = 2,
                                     .origins = origins,
                                     .norigins = 1,
                                     .box = {3.05, 50.6, 3.1, 0.1 + 50.6},
                                     .has_box = true,
                                     .rate = 600};
    bf_err_clear(&err);
    assert_true(bf_key_issue(arena, &o, &token, &err));
    assert_false(accepts_at(token, NOW + 3600 - 31));
    assert_true(accepts_at(token, NOW + 3600));
    assert_true(bf_str_eq(claims.plan, BF_STR("ecole")));
    assert_int_equal(claims.nscopes, 5);
    assert_int_equal(claims.not_before, NOW + 3600);
    assert_int_equal(claims.narrow.ndatasets, 2);
    assert_true(bf_str_eq(claims.narrow.datasets[1], datasets[1]));
    assert_true(bf_str_eq(claims.narrow.origins[0], origins[0]));
    assert_memory_equal(&claims.narrow.box, &o.narrow.box, sizeof o.narrow.box);
    assert_int_equal(claims.narrow.rate, 600);
    assert_true(bf_claims_allow(&claims, BF_STR("read"), BF_STR("agents")));
    assert_false(bf_claims_allow(&claims, BF_STR("read"), BF_STR("others")));
    assert_true(bf_claims_allow(&claims, BF_STR("read"), BF_STR("")));
    assert_true(bf_claims_allow(&claims, BF_STR("admin"), BF_STR("")));
    assert_false(bf_claims_allow(&claims, BF_STR("push"), BF_STR("")));
    assert_true(bf_claims_allow(&claims, BF_STR("publish"), BF_STR("mel")));
    assert_false(bf_claims_allow(&claims, BF_STR("publish"), BF_STR("other")));
}

/* One spelling per token; decoders of base64 that are lenient accept many for one signature. */
static void spelling_is_canonical(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct bf_str token = issue();
    char *copy = bf_arena_alloc(arena, token.n);
    for (size_t i = 0; i < 64; i++) {
        memcpy(copy, token.p, token.n);
        copy[token.n - 1] = alphabet[i];
        bool same = copy[token.n - 1] == token.p[token.n - 1];
        assert_int_equal(accepts((struct bf_str){copy, token.n}), same);
    }
    static const char *const tails[] = {"=", "==", "!", "*", " ", "\n", "A", "AA", "\t", ".", ".A"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        assert_false(accepts(bf_arena_printf(arena, "%.*s%s", BF_STR_ARG(token), tails[i])));
        assert_false(accepts(bf_arena_printf(arena, "%s%.*s", tails[i], BF_STR_ARG(token))));
    }
    for (size_t i = 0; i < token.n; i++) { /* every byte of it counts */
        memcpy(copy, token.p, token.n);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        assert_false(accepts((struct bf_str){copy, token.n}));
    }
    for (size_t i = 0; i < token.n; i++)
        assert_false(accepts((struct bf_str){token.p, i}));
    assert_true(accepts(token));
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    size_t n = 9u << 20;
    char *big = malloc(n);
    assert_non_null(big);
    struct bf_str token = issue();
    memset(big, 'A', n);
    assert_false(accepts((struct bf_str){big, n}));
    big[100] = big[4u << 20] = '.';
    assert_false(accepts((struct bf_str){big, n}));
    memcpy(big, token.p, token.n);
    assert_false(accepts((struct bf_str){big, n}));
    assert_false(accepts((struct bf_str){big, 1025}));
    free(big);
    static const char *const shapes[] = {"",  ".",   "..",   "...",  "a.b",   "a.b.c.d", "a..c",
                                         "a", ".b.", "a.b.", ".b.c", "a.b.c", "\0.\0.\0"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        assert_false(accepts(bf_str_of(shapes[i])));
    assert_false(accepts((struct bf_str){NULL, 0}));
}

static void orders_are_checked(void **state)
{
    (void)state;
    struct bf_str token;
    static const char *const scopes[] = {"",
                                         " ",
                                         "push",
                                         "push:",
                                         "push:a,push:b",
                                         "push:A",
                                         "push:a push",
                                         "push:a b:c",
                                         "push:é",
                                         "read:",
                                         "read:*",
                                         "read:A",
                                         "admin:a",
                                         "admin:*",
                                         "Read",
                                         "publish",
                                         "publish:",
                                         "publish:Ville de Lille",
                                         "push:a:b",
                                         ":",
                                         "*",
                                         "push:a\tread",
                                         "read:1"};
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        struct bf_key_order o = order();
        o.scope = bf_str_of(scopes[i]);
        bf_err_clear(&err);
        assert_false(bf_key_issue(arena, &o, &token, &err));
        assert_int_equal(err.code, BF_E_PARAMETER);
    }
    struct bf_key_order o = order();
    o.expires = o.issued + INT64_C(86400) * 401;
    bf_err_clear(&err);
    assert_false(bf_key_issue(arena, &o, &token, &err));
    o = order();
    o.kid = BF_STR("a\"b");
    bf_err_clear(&err);
    assert_false(bf_key_issue(arena, &o, &token, &err));
    o = order();
    o.sub = BF_STR("");
    bf_err_clear(&err);
    assert_false(bf_key_issue(arena, &o, &token, &err));
}

/* A key that would be too long is not made, and says what to leave out. */
static void a_key_that_is_too_long_is_not_made(void **state)
{
    (void)state;
    struct bf_str many[BF_KEY_DATASETS], token;
    for (size_t i = 0; i < BF_KEY_DATASETS; i++)
        many[i] = bf_arena_printf(arena, "%063zu", i + 1);
    for (size_t i = 0; i < BF_KEY_DATASETS; i++)
        ((char *)(uintptr_t)many[i].p)[0] = 'd';
    struct bf_key_order o = order();
    o.narrow = (struct bf_narrowing){.datasets = many, .ndatasets = BF_KEY_DATASETS};
    bf_err_clear(&err);
    assert_false(bf_key_issue(arena, &o, &token, &err));
    assert_int_equal(err.code, BF_E_PARAMETER);
    assert_non_null(strstr(err.message, "at most 1024 are accepted"));
    o.narrow.ndatasets = 5;
    bf_err_clear(&err);
    assert_true(bf_key_issue(arena, &o, &token, &err));
    assert_true(token.n <= BF_KEY_TOKEN);
    assert_true(accepts(token));
}

static void rings_take_p256_only(void **state)
{
    (void)state;
    struct bf_keyring *other = bf_keyring_new();
    static const char *const groups[] = {"secp384r1", "secp256k1"};
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *pkey = EVP_EC_gen(groups[i]);
        BIO *bio = BIO_new(BIO_s_mem());
        char *p;
        PEM_write_bio_PUBKEY(bio, pkey);
        long n = BIO_get_mem_data(bio, &p);
        bf_err_clear(&err);
        assert_false(
            bf_keyring_add(other, &(struct bf_public_key){BF_STR("k"), {p, (size_t)n}}, &err));
        BIO_free(bio);
        EVP_PKEY_free(pkey);
    }
    bf_err_clear(&err);
    assert_false(
        bf_keyring_add(other, &(struct bf_public_key){BF_STR("k"), BF_STR("not a key")}, &err));
    assert_false(bf_keyring_add(other, &(struct bf_public_key){BF_STR("k"), BF_STR("")}, &err));
    bf_err_clear(&err);
    assert_false(bf_keyring_add(other, &(struct bf_public_key){BF_STR("a\"b"), open_pem}, &err));
    bf_keyring_free(other);
}

/* A ring that is read anew forgets no good token, unless a key went. */
static void a_ring_inherits_what_was_known(void **state)
{
    (void)state;
    struct bf_str token = issue(), other, other_pem;
    struct bf_public_key same = {BF_STR(KID), open_pem};
    assert_true(accepts(token));
    assert_true(bf_key_generate(arena, &other, &other_pem, &err));
    struct bf_keyring *old = bf_keyring_new(), *more = bf_keyring_new(), *less = bf_keyring_new();
    struct bf_keyring *changed = bf_keyring_new();
    assert_true(bf_keyring_add(old, &same, &err) && bf_keyring_add(more, &same, &err));
    assert_true(bf_keyring_add(more, &(struct bf_public_key){BF_STR("new"), other_pem}, &err));
    assert_true(bf_keyring_add(less, &same, &err));
    assert_true(bf_keyring_add(changed, &(struct bf_public_key){BF_STR(KID), other_pem}, &err));
    assert_true(bf_key_verify(old, arena, token, NOW, &claims, &err));
    bf_keyring_inherit(more, old);
    assert_true(bf_key_is_remembered(more, token));
    bf_keyring_inherit(less, more); /* a key went */
    assert_false(bf_key_is_remembered(less, token));
    bf_keyring_inherit(changed, more);
    assert_false(bf_key_is_remembered(changed, token));
    bf_keyring_free(old);
    bf_keyring_free(more);
    bf_keyring_free(less);
    bf_keyring_free(changed);
}

/* Each of them was the oldest of its set once: the next of that set takes its place. */
static void a_set_keeps_four_and_gives_up_the_oldest(void **state)
{
    (void)state;
    enum { MANY = 6, KEPT = 4 };
    unsigned char digest[MANY][BF_DIGEST_BYTES] = {{0}};
    struct bf_keyring *own = bf_keyring_new();
    assert_true(accepts(issue()));
    for (unsigned char i = 0; i < MANY; i++) {
        digest[i][1] = (unsigned char)(i + 1);
        assert_null(bf_keyring_seen(own, digest[i]));
        bf_keyring_remember(own, digest[i], &claims);
        for (int k = 0; k <= i; k++)
            assert_true(!bf_keyring_seen(own, digest[k]) == (k <= i - KEPT));
    }
    bf_keyring_free(own);
}

static void base64url_round_trips(void **state)
{
    (void)state;
    unsigned char in[40] = {0}, out[40];
    for (size_t n = 0; n < sizeof in; n++) {
        for (size_t i = 0; i < n; i++)
            in[i] = (unsigned char)(rand() & 255);
        struct bf_str text = b64(in, n);
        assert_int_equal(bf_base64url_decode(text, out, sizeof out), n);
        assert_memory_equal(in, out, n);
        assert_true(n == 0 || bf_base64url_decode(text, out, n - 1) == BF_BASE64_BAD);
    }
    assert_true(bf_base64url_decode(BF_STR("A"), out, 40) == BF_BASE64_BAD);
    assert_true(bf_base64url_decode(BF_STR("AB"), out, 40) == BF_BASE64_BAD); /* spare bits set */
    assert_true(bf_base64url_decode(BF_STR("A+=="), out, 40) == BF_BASE64_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_issued_and_accepted),
        cmocka_unit_test(scopes_bound_what_a_key_may_do),
        cmocka_unit_test(a_key_has_a_life),
        cmocka_unit_test(algorithms_are_pinned),
        cmocka_unit_test(hmac_with_the_public_key_is_refused),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(claims_are_typed_and_checked),
        cmocka_unit_test(narrowing_claims_are_typed_and_checked),
        cmocka_unit_test(a_narrowed_key_is_issued),
        cmocka_unit_test(spelling_is_canonical),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(orders_are_checked),
        cmocka_unit_test(a_key_that_is_too_long_is_not_made),
        cmocka_unit_test(rings_take_p256_only),
        cmocka_unit_test(a_ring_inherits_what_was_known),
        cmocka_unit_test(a_set_keeps_four_and_gives_up_the_oldest),
        cmocka_unit_test(base64url_round_trips),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
