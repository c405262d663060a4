import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

final class Proof {
    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static String sha256(String text) throws GeneralSecurityException {
        return encode(MessageDigest.getInstance("SHA-256").digest(text.getBytes()));
    }

    /** 32 bytes: toByteArray writes fewer, or a zero in front. */
    static String number(BigInteger value) {
        byte[] all = value.or(BigInteger.ONE.shiftLeft(256)).toByteArray();
        return encode(java.util.Arrays.copyOfRange(all, all.length - 32, all.length));
    }

    static String publicJwk(KeyPair pair) {
        var point = ((ECPublicKey) pair.getPublic()).getW();
        var format = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}";
        return format.formatted(number(point.getAffineX()), number(point.getAffineY()));
    }

    /** The claims of one request. The URL is without query and fragment. The nonce is null until the server sends one. */
    static String claims(String method, String url, String token, String nonce) throws GeneralSecurityException {
        var format = "{\"jti\":\"%s\",\"htm\":\"%s\",\"htu\":\"%s\",\"iat\":%d,\"ath\":\"%s\"%s}";
        var last = nonce == null ? "" : ",\"nonce\":\"" + nonce + "\"";
        return format.formatted(UUID.randomUUID(), method, url, Instant.now().getEpochSecond(), sha256(token), last);
    }

    static String prove(KeyPair pair, String method, String url, String token, String nonce) throws GeneralSecurityException {
        var header = "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":" + publicJwk(pair) + "}";
        var input = encode(header.getBytes()) + "." + encode(claims(method, url, token, nonce).getBytes());
        // This format is the one of JWS. SHA256withECDSA alone is DER.
        var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(pair.getPrivate());
        signature.update(input.getBytes());
        return input + "." + encode(signature.sign());
    }
}
