#!/bin/sh
# A client in shell: openssl and curl. Prints one line for each request: its name and the status.
# Arguments: the URL of an API, and the URL that exchanges the thumbprint of a key for a token; then both of an API that asks for nonces.
set -eu
api=$1 tokens=$2 nonce_api=$3 nonce_tokens=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
bytes() { xxd -r -p; }

openssl ecparam -name prime256v1 -genkey -noout -out "$folder/key.pem"
# The last 64 bytes of the public key are the two coordinates.
point=$(openssl ec -in "$folder/key.pem" -pubout -outform DER 2>/dev/null | tail -c 64 | xxd -p -c 64)
x=$(printf %.64s "$point" | bytes | base64url)
y=$(printf %s "${point#????????????????????????????????????????????????????????????????}" | bytes | base64url)
jwk="{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"$x\",\"y\":\"$y\"}"
sha256() { openssl dgst -sha256 -binary | base64url; }
token=$(printf %s "$jwk" | sha256 | curl -s --data-binary @- "$tokens")

# Writes a DER signature of ES256 as two numbers of 32 bytes: without the zero in front of a large one, and padded.
raw() {
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r integer; do
    printf '%064s' "$integer" | tr ' ' 0
  done | bytes
}

# Prints a proof for $api and $token. Arguments: the method in it, how to convert the signature, and more members for the claims.
proof() {
  header=$(printf '{ "typ" : "dpop+jwt",\n "alg":"ES256", "jwk": %s }' "$jwk" | base64url)
  claims=$(printf '{"htm":"%s","htu":"%s","iat":%s,"jti":"%s","ath":"%s"%s}' \
    "$1" "$api" "$(date +%s)" "$(openssl rand -hex 16)" "$(printf %s "$token" | sha256)" "${3-}" | base64url)
  signature=$(printf %s.%s "$header" "$claims" | openssl dgst -sha256 -sign "$folder/key.pem" -binary | $2 | base64url)
  printf %s.%s.%s "$header" "$claims" "$signature"
}

call() {
  status=$(curl -s -D "$folder/headers" -o "$folder/body" -w '%{http_code}' -H "Authorization: DPoP $token" -H "DPoP: $2" "$api${3-}")
  echo "$1 $status"
}

good=$(proof GET raw)
call good "$good"
call replayed "$good"
call query "$(proof GET raw)" '?name=caf%C3%A9&path=a%2Fb%20c&empty='
call der "$(proof GET cat)"
call other-method "$(proof POST raw)"

# A server that asks for a nonce.
api=$nonce_api
token=$(printf %s "$jwk" | sha256 | curl -s --data-binary @- "$nonce_tokens")
call without-nonce "$(proof GET raw)"
nonce=$(tr -d '\r' <"$folder/headers" | sed -n 's/^[Dd][Pp]o[Pp]-[Nn]once: //p')
call nonce "$(proof GET raw ",\"nonce\":\"$nonce\"")"
