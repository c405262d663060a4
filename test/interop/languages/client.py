# A client in Python: PyJWT and cryptography, as Debian has them. Prints one line for each request: its name and the status.
# Arguments: the URL of an API, and the URL that exchanges the thumbprint of a key for a token; then both of an API that asks for nonces.
import base64
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
import uuid

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

api, tokens, nonce_api, nonce_tokens = sys.argv[1:5]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length=None):
    return base64url(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def thumbprint(jwk):
    required = {"EC": "crv kty x y", "RSA": "e kty n", "OKP": "crv kty x"}[jwk["kty"]].split()
    text = json.dumps({name: jwk[name] for name in required}, separators=(",", ":"))
    return base64url(hashlib.sha256(text.encode()).digest())


def token_for(jwk, tokens=tokens):
    return urllib.request.urlopen(tokens, thumbprint(jwk).encode()).read().decode()


def claims(token, **other):
    ath = base64url(hashlib.sha256(token.encode()).digest())
    return {"jti": str(uuid.uuid4()), "htm": "GET", "htu": api, "iat": int(time.time()), "ath": ath, **other}


def get(url, token, proof):
    request = urllib.request.Request(url, headers={"Authorization": "DPoP " + token, "DPoP": proof})
    try:
        return urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        return error


def call(name, token, proof, url=api):
    print(name, get(url, token, proof).status)


def signing_input(header, payload, **style):
    return ".".join(base64url(json.dumps(part, **style).encode()) for part in (header, payload))


# ES256 by the library, which orders and spaces its JSON in its own way.
ec_key = ec.generate_private_key(ec.SECP256R1())
point = ec_key.public_key().public_numbers()
ec_jwk = {"kty": "EC", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)}
token = token_for(ec_jwk)
header = {"typ": "dpop+jwt", "jwk": ec_jwk}
proof = jwt.encode(claims(token), ec_key, algorithm="ES256", headers=header)
call("library", token, proof)
call("replayed", token, proof)
query = "?name=caf%C3%A9&path=a%2Fb%20c&empty="
call("query", token, jwt.encode(claims(token), ec_key, algorithm="ES256", headers=header), api + query)

# The same by hand.
header = {"jwk": {**ec_jwk, "use": "sig", "kid": "caf\u00e9", "alg": "ES256", "x-vendor": [1]}, "alg": "ES256", "typ": "dpop+jwt"}


def by_hand(name, convert, header=header, **style):
    signed = signing_input(header, claims(token), **style)
    der = ec_key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    call(name, token, signed + "." + base64url(convert(der)))


def raw(der):
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


by_hand("spaces", raw, indent=2)
by_hand("spaces-and-separators", raw, separators=(" ,\t", " :\n"))
by_hand("sorted-members", raw, sort_keys=True)
by_hand("not-escaped", raw, ensure_ascii=False)
by_hand("der", lambda der: der)
by_hand("private-key", raw, header={**header, "jwk": {**ec_jwk, "d": number(ec_key.private_numbers().private_value, 32)}})

# The other default algorithms.
rsa_key = rsa.generate_private_key(65537, 2048)
rsa_numbers = rsa_key.public_key().public_numbers()
rsa_jwk = {"kty": "RSA", "n": number(rsa_numbers.n), "e": number(rsa_numbers.e)}
token = token_for(rsa_jwk)
headers = {"typ": "dpop+jwt", "jwk": rsa_jwk}
call("PS256", token, jwt.encode(claims(token), rsa_key, algorithm="PS256", headers=headers))
call("RS256", token, jwt.encode(claims(token), rsa_key, algorithm="RS256", headers=headers))

ed_key = ed25519.Ed25519PrivateKey.generate()
ed_jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(ed_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}
token = token_for(ed_jwk)
call("EdDSA", token, jwt.encode(claims(token), ed_key, algorithm="EdDSA", headers={"typ": "dpop+jwt", "jwk": ed_jwk}))
call("other-key", token_for(rsa_jwk), jwt.encode(claims(token), ed_key, algorithm="EdDSA", headers={"typ": "dpop+jwt", "jwk": ed_jwk}))

# A server that asks for a nonce.
token = token_for(ec_jwk, nonce_tokens)
headers = {"typ": "dpop+jwt", "jwk": ec_jwk}
first = get(nonce_api, token, jwt.encode(claims(token, htu=nonce_api), ec_key, algorithm="ES256", headers=headers))
asked = "asked" if "use_dpop_nonce" in first.headers["WWW-Authenticate"] else "not asked"
print("without-nonce", first.status, asked)
with_nonce = claims(token, htu=nonce_api, nonce=first.headers["DPoP-Nonce"])
call("nonce", token, jwt.encode(with_nonce, ec_key, algorithm="ES256", headers=headers), nonce_api)
