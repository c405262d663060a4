// A client in Go, with its standard library. Prints one line for each request: its name and the status.
// Arguments: the URL of an API, and the URL that exchanges the thumbprint of a key for a token; then both of an API that asks for nonces.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"strings"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Marshal writes the members of a map sorted and without spaces, as RFC 7638 needs them.
func tokenFor(tokens string, jwk map[string]any) string {
	text, err := json.Marshal(jwk)
	check(err)
	hash := sha256.Sum256(text)
	response, err := http.Post(tokens, "text/plain", strings.NewReader(encode(hash[:])))
	check(err)
	defer response.Body.Close()
	token, err := io.ReadAll(response.Body)
	check(err)
	return string(token)
}

func get(url, token, proof string) *http.Response {
	request, err := http.NewRequest("GET", url, nil)
	check(err)
	request.Header.Set("Authorization", "DPoP "+token)
	request.Header.Set("DPoP", proof)
	response, err := http.DefaultClient.Do(request)
	check(err)
	response.Body.Close()
	return response
}

func main() {
	api, tokens, nonceApi, nonceTokens := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	call := func(name, token, proof string) { fmt.Println(name, get(api, token, proof).StatusCode) }

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	jwk := publicJwk(key)
	token := tokenFor(tokens, jwk)
	proof := prove(key, "GET", api, token, "")
	call("good", token, proof)
	call("replayed", token, proof)
	query := "?name=caf%C3%A9&path=a%2Fb%20c&empty="
	fmt.Println("query", get(api+query, token, prove(key, "GET", api, token, "")).StatusCode)

	// The same by hand.
	payload := func() string { text, _ := json.Marshal(claims("GET", api, token, "")); return string(text) }
	byHand := func(name, header, payload string, sign func(hash []byte) []byte) {
		input := encode([]byte(header)) + "." + encode([]byte(payload))
		hash := sha256.Sum256([]byte(input))
		call(name, token, input+"."+encode(sign(hash[:])))
	}
	raw := func(hash []byte) []byte {
		r, s, err := ecdsa.Sign(rand.Reader, key, hash)
		check(err)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	der := func(hash []byte) []byte {
		signature, err := ecdsa.SignASN1(rand.Reader, key, hash)
		check(err)
		return signature
	}
	header := func(jwk map[string]any) string {
		text, _ := json.MarshalIndent(map[string]any{"jwk": jwk, "alg": "ES256", "typ": "dpop+jwt"}, " ", "\t")
		return string(text)
	}
	byHand("spaces", header(jwk), " "+strings.ReplaceAll(payload(), `":`, "\" :\r\n "), raw)
	order := fmt.Sprintf(`{"typ":"dpop+jwt","jwk":{"y":"%s","kty":"EC","x":"%s","crv":"P-256"},"alg":"ES256"}`, jwk["y"], jwk["x"])
	byHand("other-order", order, payload(), raw)
	more := map[string]any{"use": "sig", "kid": "café", "alg": "ES256", "x-vendor": []int{1}}
	for name, value := range jwk {
		more[name] = value
	}
	byHand("extra-members", header(more), payload(), raw)
	byHand("der", header(jwk), payload(), der)
	more["d"] = encode(key.D.FillBytes(make([]byte, 32)))
	byHand("private-key", header(more), payload(), raw)

	// The other default algorithms.
	signed := func(name string, jwk map[string]any, token string, sign func(input []byte) []byte) {
		header, _ := json.Marshal(map[string]any{"typ": "dpop+jwt", "alg": strings.TrimPrefix(name, "other-key-"), "jwk": jwk})
		payload, _ := json.Marshal(claims("GET", api, token, ""))
		input := encode(header) + "." + encode(payload)
		call(name, token, input+"."+encode(sign([]byte(input))))
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	rsaJwk := map[string]any{"kty": "RSA", "n": encode(rsaKey.N.Bytes()), "e": encode(big.NewInt(int64(rsaKey.E)).Bytes())}
	rsaToken := tokenFor(tokens, rsaJwk)
	signed("PS256", rsaJwk, rsaToken, func(input []byte) []byte {
		hash := sha256.Sum256(input)
		signature, err := rsa.SignPSS(rand.Reader, rsaKey, crypto.SHA256, hash[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		check(err)
		return signature
	})
	signed("RS256", rsaJwk, rsaToken, func(input []byte) []byte {
		hash := sha256.Sum256(input)
		signature, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, hash[:])
		check(err)
		return signature
	})
	publicKey, edKey, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	edJwk := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encode(publicKey)}
	byEd := func(input []byte) []byte { return ed25519.Sign(edKey, input) }
	signed("EdDSA", edJwk, tokenFor(tokens, edJwk), byEd)
	signed("other-key-EdDSA", edJwk, rsaToken, byEd)

	// A server that asks for a nonce.
	token = tokenFor(nonceTokens, jwk)
	first := get(nonceApi, token, prove(key, "GET", nonceApi, token, ""))
	asked := "not asked"
	if strings.Contains(first.Header.Get("WWW-Authenticate"), "use_dpop_nonce") {
		asked = "asked"
	}
	fmt.Println("without-nonce", first.StatusCode, asked)
	second := get(nonceApi, token, prove(key, "GET", nonceApi, token, first.Header.Get("DPoP-Nonce")))
	fmt.Println("nonce", second.StatusCode)
}
