<?php
// A client in PHP, with openssl and sodium. Prints one line for each request: its name and the status.
// Arguments: the URL of an API, and the URL that exchanges the thumbprint of a key for a token; then both of an API that asks for nonces.
declare(strict_types=1);
require __DIR__ . '/proof.php';

[, $api, $tokens, $nonceApi, $nonceTokens] = $argv;

function tokenFor(string $tokens, array $jwk): string
{
    ksort($jwk);
    $thumbprint = encode(hash('sha256', json_encode($jwk), true));
    $http = ['method' => 'POST', 'header' => 'Content-Type: text/plain', 'content' => $thumbprint];
    return file_get_contents($tokens, false, stream_context_create(['http' => $http]));
}

/** The lines of an answer: its status, then its headers. */
function get(string $url, string $token, string $proof): array
{
    $http = ['header' => ["Authorization: DPoP $token", "DPoP: $proof"], 'ignore_errors' => true];
    file_get_contents($url, false, stream_context_create(['http' => $http]));
    return $http_response_header;
}

function statusOf(array $lines): string
{
    return explode(' ', $lines[0])[1];
}

function headerOf(array $lines, string $name): string
{
    foreach ($lines as $line) {
        if (stripos($line, "$name:") === 0) {
            return trim(substr($line, strlen($name) + 1));
        }
    }
    return '';
}

function call(string $name, string $url, string $token, string $proof): void
{
    echo $name, ' ', statusOf(get($url, $token, $proof)), "\n";
}

$key = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']);
$jwk = publicJwk($key);
$token = tokenFor($tokens, $jwk);
$proof = prove($key, 'GET', $api, $token);
call('good', $api, $token, $proof);
call('replayed', $api, $token, $proof);
call('query', "$api?name=caf%C3%A9&path=a%2Fb%20c&empty=", $token, prove($key, 'GET', $api, $token));

// The same by hand.
$byHand = function (string $name, array $header, int $flags = 0, ?callable $convert = null, string $space = '') use ($api, $key, $token): void {
    $write = fn(array $part) => encode($space . json_encode($part, $flags) . $space);
    $input = $write($header) . '.' . $write(claims('GET', $api, $token));
    openssl_sign($input, $der, $key, 'sha256');
    call($name, $api, $token, $input . '.' . encode(($convert ?? 'raw')($der)));
};
$header = ['jwk' => $jwk, 'alg' => 'ES256', 'typ' => 'dpop+jwt'];
$extra = ['use' => 'sig', 'kid' => "caf\u{e9}", 'alg' => 'ES256', 'x-vendor' => [1]];
$byHand('spaces', $header, JSON_PRETTY_PRINT, null, " \t\r\n");
$byHand('other-order', [...$header, 'jwk' => array_reverse($jwk)]);
// Without the flag, PHP escapes each slash and each letter beyond ASCII.
$byHand('extra-members', [...$header, 'jwk' => [...$extra, ...$jwk]], JSON_UNESCAPED_UNICODE);
$byHand('der', $header, 0, fn(string $der) => $der);
$d = encode(str_pad(openssl_pkey_get_details($key)['ec']['d'], 32, "\0", STR_PAD_LEFT));
$byHand('private-key', [...$header, 'jwk' => [...$jwk, 'd' => $d]]);

// The other algorithms. PHP 8.2 has no RSA-PSS.
$signed = function (string $name, array $jwk, string $token, callable $sign) use ($api): void {
    $header = ['typ' => 'dpop+jwt', 'alg' => str_replace('other-key-', '', $name), 'jwk' => $jwk];
    $input = encode(json_encode($header)) . '.' . encode(json_encode(claims('GET', $api, $token)));
    call($name, $api, $token, $input . '.' . encode($sign($input)));
};
$rsa = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_RSA, 'private_key_bits' => 2048]);
['n' => $n, 'e' => $e] = openssl_pkey_get_details($rsa)['rsa'];
$rsaJwk = ['kty' => 'RSA', 'n' => encode($n), 'e' => encode($e)];
$rsaToken = tokenFor($tokens, $rsaJwk);
$signed('RS256', $rsaJwk, $rsaToken, function (string $input) use ($rsa): string {
    openssl_sign($input, $signature, $rsa, 'sha256');
    return $signature;
});
$pair = sodium_crypto_sign_keypair();
$edJwk = ['kty' => 'OKP', 'crv' => 'Ed25519', 'x' => encode(sodium_crypto_sign_publickey($pair))];
$byEd = fn(string $input) => sodium_crypto_sign_detached($input, sodium_crypto_sign_secretkey($pair));
$signed('EdDSA', $edJwk, tokenFor($tokens, $edJwk), $byEd);
$signed('other-key-EdDSA', $edJwk, $rsaToken, $byEd);

// A server that asks for a nonce.
$token = tokenFor($nonceTokens, $jwk);
$first = get($nonceApi, $token, prove($key, 'GET', $nonceApi, $token));
$asked = str_contains(headerOf($first, 'WWW-Authenticate'), 'use_dpop_nonce') ? 'asked' : 'not asked';
echo 'without-nonce ', statusOf($first), ' ', $asked, "\n";
call('nonce', $nonceApi, $token, prove($key, 'GET', $nonceApi, $token, headerOf($first, 'DPoP-Nonce')));
