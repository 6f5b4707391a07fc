// libcrypto for Swift: digests, codes and signatures.
#ifndef CCRYPTO_H
#define CCRYPTO_H

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

// A macro of macros of another header, which the importer leaves out: what a public key is made of.
enum { ccrypto_public_key = EVP_PKEY_PUBLIC_KEY };

#endif
