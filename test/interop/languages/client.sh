#!/bin/sh
# A client in shell: openssl and curl. Prints one line for each request: its name and the status.
# Arguments: the URL of the API, the URL that exchanges the thumbprint of a key for a token.
set -eu
api=$1 tokens=$2
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
token=$(printf %s "$jwk" | openssl dgst -sha256 -binary | base64url | curl -s --data-binary @- "$tokens")
ath=$(printf %s "$token" | openssl dgst -sha256 -binary | base64url)

# Writes a DER signature of ES256 as two numbers of 32 bytes: without the zero in front of a large one, and padded.
raw() {
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r integer; do
    printf '%064s' "$integer" | tr ' ' 0
  done | bytes
}

# Prints a proof. Arguments: the method in it, and how to convert the signature.
proof() {
  header=$(printf '{ "typ" : "dpop+jwt",\n "alg":"ES256", "jwk": %s }' "$jwk" | base64url)
  claims=$(printf '{"htm":"%s","htu":"%s","iat":%s,"jti":"%s","ath":"%s"}' "$1" "$api" "$(date +%s)" "$(openssl rand -hex 16)" "$ath" | base64url)
  signature=$(printf %s.%s "$header" "$claims" | openssl dgst -sha256 -sign "$folder/key.pem" -binary | $2 | base64url)
  printf %s.%s.%s "$header" "$claims" "$signature"
}

call() {
  status=$(curl -s -o "$folder/body" -w '%{http_code}' -H "Authorization: DPoP $token" -H "DPoP: $2" "$api")
  echo "$1 $status"
}

good=$(proof GET raw)
call good "$good"
call replayed "$good"
call der "$(proof GET cat)"
call other-method "$(proof POST raw)"
