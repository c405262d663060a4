import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'

const targets = (profile: ProfileName, list: readonly [target: string, htu: string][]) =>
  list.map(
    ([target, htu]): Row => ({
      name: `${JSON.stringify(htu)} is the htu of ${target}`,
      profile,
      request: (make) => make.request({ target, url: htu }),
      expect: { accepted: 'DPoP' },
    }),
  )

const origin = 'https://api.example.com'

/** All for one target. */
const forOrders = (htus: readonly string[]) => htus.map((htu): [string, string] => ['/orders', htu])

export const proofTarget: readonly Row[] = [
  ...targets('dpop-only', [
    ...forOrders([
      'https://API.EXAMPLE.com/orders',
      'HTTPS://api.example.com/orders',
      'https://api.example.com:443/orders',
      'https://api.example.com:/orders',
      'https://api.example.com/orders?page=7',
      'https://api.example.com/orders#top',
      'https://api.example.com/orders?a=b#c?d',
      'https://api.example.com/orders?',
      'https://api.example.com/orders#',
      'https://api.example.com/%6Frders',
      'https://api.example.com/%6frders',
      'https://api.example.com/x/../orders',
      'https://api.example.com/./orders',
      'https://api.example.com/../orders',
      'https://api.example.com/x/%2e%2E/orders',
      'https://api.example.com/%2e/orders',
    ]),
    ['/', origin],
    ['/', `${origin}?page=1`],
    ['/', `${origin}#top`],
    ['/', `${origin}/.`],
    ['/', `${origin}/orders/..`],
    ['/?page=1', origin],
    ['/orders?page=1', `${origin}/orders`],
    ['/orders/', `${origin}/orders/x/..`],
    ['/a~b', `${origin}/a%7Eb`],
    ['/a%7eb', `${origin}/a~b`],
    ['/%c3%a9', `${origin}/%C3%A9`],
    ['/%C3%A9', `${origin}/%c3%a9`],
    ['/%41%5a%30%2d%2E%5F%7e', `${origin}/AZ0-._~`],
    ['/a%2Fb', `${origin}/a%2fb`],
    ['/a%25b', `${origin}/a%25b`],
    ['/a//b', `${origin}/a//b`],
    ['//orders', `${origin}//orders`],
    ["/a;b=c,d!$&'()*+:@", `${origin}/a;b=c,d!$&'()*+:@`],
    ['/...', `${origin}/...`],
    ['/.orders', `${origin}/.orders`],
  ]),
  ...targets('ipv6', [
    ['/orders', 'https://[2001:db8::1]:8443/orders'],
    ['/orders', 'https://[2001:DB8:0:0:0:0:0:1]:8443/orders'],
    ['/orders', 'https://[2001:0db8:0000::0001]:8443/orders'],
    ['/orders', 'https://[2001:db8::0.0.0.1]:8443/orders'],
  ]),
  ...targets('loopback', [['/orders', 'http://127.0.0.1:8080/orders']]),
  ...targets('idn', [
    ['/orders', 'https://xn--bcher-kva.example/orders'],
    ['/orders', 'https://XN--BCHER-KVA.example/orders'],
  ]),
]
