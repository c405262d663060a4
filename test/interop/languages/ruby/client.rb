# A client in Ruby, with its standard library. Prints one line for each request: its name and the status.
# Arguments: the URL of an API, and the URL that exchanges the thumbprint of a key for a token; then both of an API that asks for nonces.
require "net/http"
require_relative "proof"

API, TOKENS, NONCE_API, NONCE_TOKENS = ARGV

def token_for(jwk, tokens = TOKENS)
  thumbprint = encode(OpenSSL::Digest::SHA256.digest(jwk.sort.to_h.to_json))
  Net::HTTP.post(URI(tokens), thumbprint).body
end

def get(url, token, proof)
  Net::HTTP.get_response(URI(url), { "Authorization" => "DPoP #{token}", "DPoP" => proof })
end

def call(name, token, proof, url = API)
  puts "#{name} #{get(url, token, proof).code}"
end

key = OpenSSL::PKey::EC.generate("prime256v1")
jwk = public_jwk(key)
token = token_for(jwk)
proof = prove(key, "GET", API, token)
call("good", token, proof)
call("replayed", token, proof)
call("query", token, prove(key, "GET", API, token), "#{API}?name=caf%C3%A9&path=a%2Fb%20c&empty=")

# The same by hand.
by_hand = lambda do |name, header, write: :to_json.to_proc, convert: method(:raw)|
  input = [header, claims("GET", API, token)].map { |part| encode(write.call(part)) }.join(".")
  call(name, token, "#{input}.#{encode(convert.call(key.sign("SHA256", input)))}")
end
header = { jwk: jwk, alg: "ES256", typ: "dpop+jwt" }
extra = { use: "sig", kid: "caf\u00e9", alg: "ES256", "x-vendor": [1] }
by_hand.call("spaces", header, write: ->(part) { " #{JSON.pretty_generate(part, space_before: " ", indent: "\t")}\r\n" })
by_hand.call("other-order", header.merge(jwk: jwk.sort_by { |name, _| name }.reverse.to_h))
by_hand.call("extra-members", header.merge(jwk: extra.merge(jwk)))
by_hand.call("der", header, convert: :itself.to_proc)
d = encode([key.private_key.to_s(16).rjust(64, "0")].pack("H*"))
by_hand.call("private-key", header.merge(jwk: jwk.merge(d: d)))

# The other default algorithms.
signed = lambda do |name, jwk, token, &sign|
  header = { typ: "dpop+jwt", alg: name.delete_prefix("other-key-"), jwk: jwk }
  input = [header, claims("GET", API, token)].map { |part| encode(part.to_json) }.join(".")
  call(name, token, "#{input}.#{encode(sign.call(input))}")
end
rsa = OpenSSL::PKey::RSA.generate(2048)
rsa_jwk = { kty: "RSA", n: encode(rsa.n.to_s(2)), e: encode(rsa.e.to_s(2)) }
rsa_token = token_for(rsa_jwk)
signed.call("PS256", rsa_jwk, rsa_token) { |input| rsa.sign_pss("SHA256", input, salt_length: :digest, mgf1_hash: "SHA256") }
signed.call("RS256", rsa_jwk, rsa_token) { |input| rsa.sign("SHA256", input) }
ed = OpenSSL::PKey.generate_key("ED25519")
# The last 32 bytes of the public key in DER are the key itself.
ed_jwk = { kty: "OKP", crv: "Ed25519", x: encode(ed.public_to_der[-32, 32]) }
signed.call("EdDSA", ed_jwk, token_for(ed_jwk)) { |input| ed.sign(nil, input) }
signed.call("other-key-EdDSA", ed_jwk, rsa_token) { |input| ed.sign(nil, input) }

# A server that asks for a nonce.
token = token_for(jwk, NONCE_TOKENS)
first = get(NONCE_API, token, prove(key, "GET", NONCE_API, token))
asked = first["WWW-Authenticate"].include?("use_dpop_nonce") ? "asked" : "not asked"
puts "without-nonce #{first.code} #{asked}"
call("nonce", token, prove(key, "GET", NONCE_API, token, first["DPoP-Nonce"]), NONCE_API)
