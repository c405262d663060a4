require "json"
require "openssl"
require "securerandom"

def encode(bytes)
  [bytes].pack("m0").tr("+/", "-_").delete("=")
end

def public_jwk(key)
  point = key.public_key.to_octet_string(:uncompressed)
  { kty: "EC", crv: "P-256", x: encode(point[1, 32]), y: encode(point[33, 32]) }
end

# The claims of one request. The URL is without query and fragment.
def claims(method, url, token, nonce = nil)
  ath = encode(OpenSSL::Digest::SHA256.digest(token))
  { jti: SecureRandom.uuid, htm: method, htu: url, iat: Time.now.to_i, ath: ath, nonce: nonce }.compact
end

# OpenSSL returns DER: a sequence of the two numbers.
def raw(der)
  OpenSSL::ASN1.decode(der).value.map { |number| [number.value.to_s(16).rjust(64, "0")].pack("H*") }.join
end

def prove(key, method, url, token, nonce = nil)
  header = { typ: "dpop+jwt", alg: "ES256", jwk: public_jwk(key) }
  input = [header, claims(method, url, token, nonce)].map { |part| encode(part.to_json) }.join(".")
  "#{input}.#{encode(raw(key.sign("SHA256", input)))}"
end
