<?php
function encode(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

function publicJwk(OpenSSLAsymmetricKey $key): array
{
    ['x' => $x, 'y' => $y] = openssl_pkey_get_details($key)['ec'];
    $number = fn(string $bytes) => encode(str_pad($bytes, 32, "\0", STR_PAD_LEFT));
    return ['kty' => 'EC', 'crv' => 'P-256', 'x' => $number($x), 'y' => $number($y)];
}

/** The claims of one request. The URL is without query and fragment. */
function claims(string $method, string $url, string $token, ?string $nonce = null): array
{
    $claims = ['jti' => bin2hex(random_bytes(16)), 'htm' => $method, 'htu' => $url, 'iat' => time()];
    $claims['ath'] = encode(hash('sha256', $token, true));
    return $nonce === null ? $claims : [...$claims, 'nonce' => $nonce];
}

/** OpenSSL returns DER: two numbers, each behind its length. */
function raw(string $der): string
{
    $r = substr($der, 4, ord($der[3]));
    $s = substr($der, 6 + strlen($r));
    $number = fn(string $bytes) => str_pad(ltrim($bytes, "\0"), 32, "\0", STR_PAD_LEFT);
    return $number($r) . $number($s);
}

function prove(OpenSSLAsymmetricKey $key, string $method, string $url, string $token, ?string $nonce = null): string
{
    $header = ['typ' => 'dpop+jwt', 'alg' => 'ES256', 'jwk' => publicJwk($key)];
    $input = encode(json_encode($header)) . '.' . encode(json_encode(claims($method, $url, $token, $nonce)));
    openssl_sign($input, $der, $key, 'sha256');
    return $input . '.' . encode(raw($der));
}
