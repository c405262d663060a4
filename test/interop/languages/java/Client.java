// A client in Java, with its standard library. Prints one line for each request: its name and the status.
// Arguments: the URL of an API, and the URL that exchanges the thumbprint of a key for a token; then both of an API that asks for nonces.
import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;

final class Client {
    static final HttpClient http = HttpClient.newHttpClient();

    /** The JWK has its required members only, sorted and without spaces, as RFC 7638 needs them. */
    static String tokenFor(String tokens, String jwk) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(tokens)).POST(BodyPublishers.ofString(Proof.sha256(jwk))).build();
        return http.send(request, BodyHandlers.ofString()).body();
    }

    static HttpResponse<Void> get(String url, String token, String proof) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url)).header("Authorization", "DPoP " + token).header("DPoP", proof).build();
        return http.send(request, BodyHandlers.discarding());
    }

    static void call(String name, String url, String token, String proof) throws Exception {
        System.out.println(name + " " + get(url, token, proof).statusCode());
    }

    static String signed(String header, String claims, Signature signature, PrivateKey key) throws Exception {
        var input = Proof.encode(header.getBytes(UTF_8)) + "." + Proof.encode(claims.getBytes(UTF_8));
        signature.initSign(key);
        signature.update(input.getBytes());
        return input + "." + Proof.encode(signature.sign());
    }

    static String header(String alg, String jwk) {
        return "{\"typ\":\"dpop+jwt\",\"alg\":\"" + alg + "\",\"jwk\":" + jwk + "}";
    }

    public static void main(String[] args) throws Exception {
        String api = args[0], tokens = args[1], nonceApi = args[2], nonceTokens = args[3];
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var pair = generator.generateKeyPair();
        var jwk = Proof.publicJwk(pair);
        var token = tokenFor(tokens, jwk);
        var proof = Proof.prove(pair, "GET", api, token, null);
        call("good", api, token, proof);
        call("replayed", api, token, proof);
        call("query", api + "?name=caf%C3%A9&path=a%2Fb%20c&empty=", token, Proof.prove(pair, "GET", api, token, null));

        // The same by hand.
        var raw = Signature.getInstance("SHA256withECDSAinP1363Format");
        var der = Signature.getInstance("SHA256withECDSA");
        var key = pair.getPrivate();
        var spaces = header("ES256", jwk).replace(":", " :\r\n\t").replace(",", "\n, ");
        call("spaces", api, token, signed(" " + spaces, Proof.claims("GET", api, token, null).replace("\",", "\" ,\t") + "\n", raw, key));
        var members = Arrays.asList(jwk.substring(1, jwk.length() - 1).split(","));
        java.util.Collections.reverse(members);
        var reversed = "{\"jwk\":{" + String.join(",", members) + "},\"alg\":\"ES256\",\"typ\":\"dpop+jwt\"}";
        call("other-order", api, token, signed(reversed, Proof.claims("GET", api, token, null), raw, key));
        var extra = jwk.replace("{", "{\"use\":\"sig\",\"kid\":\"caf\u00e9\",\"alg\":\"ES256\",\"x-vendor\":[1],");
        call("extra-members", api, token, signed(header("ES256", extra), Proof.claims("GET", api, token, null), raw, key));
        call("der", api, token, signed(header("ES256", jwk), Proof.claims("GET", api, token, null), der, key));
        var d = Proof.number(((ECPrivateKey) key).getS());
        var secret = jwk.replace("{", "{\"d\":\"" + d + "\",");
        call("private-key", api, token, signed(header("ES256", secret), Proof.claims("GET", api, token, null), raw, key));

        // The other default algorithms.
        var rsaGenerator = KeyPairGenerator.getInstance("RSA");
        rsaGenerator.initialize(2048);
        var rsa = rsaGenerator.generateKeyPair();
        var rsaKey = (RSAPublicKey) rsa.getPublic();
        var rsaJwk = "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}".formatted(bytes(rsaKey.getPublicExponent()), bytes(rsaKey.getModulus()));
        var rsaToken = tokenFor(tokens, rsaJwk);
        var pss = Signature.getInstance("RSASSA-PSS");
        pss.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        call("PS256", api, rsaToken, signed(header("PS256", rsaJwk), Proof.claims("GET", api, rsaToken, null), pss, rsa.getPrivate()));
        var pkcs1 = Signature.getInstance("SHA256withRSA");
        call("RS256", api, rsaToken, signed(header("RS256", rsaJwk), Proof.claims("GET", api, rsaToken, null), pkcs1, rsa.getPrivate()));
        KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        // The last 32 bytes of the public key in DER are the key itself.
        var edDer = ed.getPublic().getEncoded();
        var edX = Proof.encode(Arrays.copyOfRange(edDer, edDer.length - 32, edDer.length));
        var edJwk = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + edX + "\"}";
        var edToken = tokenFor(tokens, edJwk);
        var byEd = Signature.getInstance("Ed25519");
        call("EdDSA", api, edToken, signed(header("EdDSA", edJwk), Proof.claims("GET", api, edToken, null), byEd, ed.getPrivate()));
        call("other-key-EdDSA", api, rsaToken, signed(header("EdDSA", edJwk), Proof.claims("GET", api, rsaToken, null), byEd, ed.getPrivate()));

        // A server that asks for a nonce.
        token = tokenFor(nonceTokens, jwk);
        var first = get(nonceApi, token, Proof.prove(pair, "GET", nonceApi, token, null));
        var asked = first.headers().firstValue("WWW-Authenticate").orElse("").contains("use_dpop_nonce");
        System.out.println("without-nonce " + first.statusCode() + (asked ? " asked" : " not asked"));
        var nonce = first.headers().firstValue("DPoP-Nonce").orElse(null);
        call("nonce", nonceApi, token, Proof.prove(pair, "GET", nonceApi, token, nonce));
    }

    /** A number without leading zeros. */
    static String bytes(BigInteger value) {
        var all = value.toByteArray();
        return Proof.encode(all[0] == 0 ? Arrays.copyOfRange(all, 1, all.length) : all);
    }
}
