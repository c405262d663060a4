package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

var encode = base64.RawURLEncoding.EncodeToString

func publicJwk(key *ecdsa.PrivateKey) map[string]any {
	x, y := key.X.FillBytes(make([]byte, 32)), key.Y.FillBytes(make([]byte, 32))
	return map[string]any{"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)}
}

// claims are those of one request. The URL is without query and fragment. The nonce is empty until the server sends one.
func claims(method, url, token, nonce string) map[string]any {
	jti := make([]byte, 16)
	rand.Read(jti)
	ath := sha256.Sum256([]byte(token))
	claims := map[string]any{"jti": encode(jti), "htm": method, "htu": url, "iat": time.Now().Unix(), "ath": encode(ath[:])}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return claims
}

func prove(key *ecdsa.PrivateKey, method, url, token, nonce string) string {
	header, _ := json.Marshal(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": publicJwk(key)})
	payload, _ := json.Marshal(claims(method, url, token, nonce))
	input := encode(header) + "." + encode(payload)
	hash := sha256.Sum256([]byte(input))
	r, s, _ := ecdsa.Sign(rand.Reader, key, hash[:])
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return input + "." + encode(signature)
}
