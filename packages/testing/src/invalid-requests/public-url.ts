import { mutations, type Row } from './invalid-request.js'
import type { ValidRequest } from './mutation.js'
import { partsOf, pathOf } from './url-parts.js'

/** An `htu` at another origin than the public URL, as it is written. */
const at = (description: string, origin: string): Row => [
  description,
  ({ url }) => ({ url: origin + partsOf(url).path }),
]

/** An `htu` that is made from the path of the right one. */
const path = (description: string, change: (path: string) => string): Row => [
  description,
  ({ url }) => ({ url: partsOf(url).origin + change(partsOf(url).path) }),
]

const prefix = '/svc1'
/** A request for the root with another `htu`. */
const root =
  (path: string) =>
  ({ url }: ValidRequest) => ({ target: '/', url: partsOf(url).origin + path })
const secondAlias = 'https://orders.example.org:8443'
const firstAlias = (valid: ValidRequest) => ({ url: `https://api.example.com${pathOf(valid)}` })

/** RFC 9449 section 4.3, check 9, for public URLs with a prefix, a port or several origins. */
export const publicUrls = {
  ...mutations(
    'proof_htu',
    {
      'htu-ipv6-other': at('htu of another IPv6 address', 'https://[2001:db8::2]:8443'),
      'htu-ipv6-without-port': at('htu of IPv6 without its port', 'https://[2001:db8::1]'),
      'htu-ipv6-zone': at('htu of IPv6 with a zone', 'https://[2001:db8::1%25eth0]:8443'),
      'htu-ipv6-three-colons': at('htu of IPv6 with three colons', 'https://[2001:db8:::1]:8443'),
      'htu-ipv6-two-gaps': at('htu of IPv6 with two gaps', 'https://[2001:db8::1::]:8443'),
      'htu-ipv6-future': at('htu of an IP address of the future', 'https://[v1.2001:db8::1]:8443'),
      'htu-ipv6-no-brackets': at('htu of IPv6 without brackets', 'https://2001:db8::1:8443'),
      'htu-ipv6-bracket-open': at('htu of IPv6 with an open bracket', 'https://[2001:db8::1:8443'),
    },
    { setting: 'ipv6' },
  ),
  ...mutations(
    'proof_htu',
    {
      'htu-ipv4-other-scheme': at('htu of IPv4 and the other scheme', 'https://127.0.0.1:8080'),
      'htu-ipv4-without-port': at('htu of IPv4 without its port', 'http://127.0.0.1'),
      'htu-ipv4-hex': at('htu of IPv4 in hex', 'http://0x7f.1:8080'),
      'htu-ipv4-short': at('htu of IPv4 in short', 'http://127.1:8080'),
      'htu-ipv4-number': at('htu of IPv4 as one number', 'http://2130706433:8080'),
      'htu-ipv4-octal': at('htu of IPv4 in octal', 'http://0177.0.0.1:8080'),
      'htu-ipv4-zero-before': at('htu of IPv4 with a zero before a number', 'http://127.0.0.01:8080'),
      'htu-ipv4-localhost': at('htu of localhost for IPv4', 'http://localhost:8080'),
      'htu-ipv4-as-ipv6': at('htu of IPv6 loopback for IPv4', 'http://[::1]:8080'),
      'htu-ipv4-in-ipv6': at('htu of IPv4 in an IPv6 address', 'http://[::ffff:127.0.0.1]:8080'),
      'htu-ipv4-dot-behind': at('htu of IPv4 with a dot behind it', 'http://127.0.0.1.:8080'),
      'htu-ipv4-circled': at('htu of IPv4 in circled digits', 'http://\u2460\u2461\u2466.0.0.1:8080'),
    },
    { setting: 'loopback' },
  ),
  ...mutations(
    'proof_htu',
    {
      'htu-idn-unicode': at('htu of a name in Unicode', 'https://b\u00fccher.example'),
      'htu-idn-encoded': at('htu of a name that is percent-encoded', 'https://b%C3%BCcher.example'),
      'htu-idn-other-normal-form': at('htu of a name in another Unicode normal form', 'https://bu\u0308cher.example'),
      'htu-idn-stripped': at('htu of a name without its marks', 'https://bucher.example'),
    },
    { setting: 'idn' },
  ),
  ...mutations(
    'proof_htu',
    {
      'htu-prefix-missing': path('htu without the prefix', (path) => path.slice(prefix.length)),
      'htu-prefix-other': path('htu of another prefix', (path) => `/svc2${path.slice(prefix.length)}`),
      'htu-prefix-left': path(
        'htu that climbs out of the prefix',
        (path) => `${prefix}/..${path.slice(prefix.length)}`,
      ),
      'htu-prefix-twice': path('htu with the prefix twice', (path) => prefix + path),
    },
    { setting: 'prefix' },
  ),
  ...mutations(
    'proof_htu',
    {
      'htu-prefix-two-slashes': ['htu of the prefix with two slashes', root(`${prefix}//`)],
      'htu-prefix-slash-encoded': ['htu of the prefix with an encoded slash', root(`${prefix}%2F`)],
      'htu-prefix-longer': ['htu of a name that begins with the prefix', root(`${prefix}0`)],
      'htu-prefix-shorter': ['htu of a part of the prefix', root(prefix.slice(0, -1))],
      'htu-prefix-in-upper-case': ['htu of the prefix in upper case', root(prefix.toUpperCase())],
      'htu-root-without-prefix': ['htu of the root without the prefix', root('/')],
      'htu-prefix-for-two-slashes': [
        'htu of the bare prefix for a target of two slashes',
        ({ url }) => ({ target: '//', url: partsOf(url).origin + prefix }),
      ],
      'htu-prefix-alone': [
        'htu of the bare prefix for another path',
        (valid) => ({ target: pathOf(valid), url: partsOf(valid.url).origin + prefix }),
      ],
      'target-with-prefix': ['a target with the prefix', (valid) => ({ target: prefix + pathOf(valid) })],
    },
    { setting: 'prefix', onlyByFetch: true },
  ),
  ...mutations(
    'proof_htu',
    {
      'htu-alias-other-port': at("htu of one alias with another's port", 'https://api.example.com:8443'),
      'htu-alias-without-port': at('htu of an alias without its port', 'https://orders.example.org'),
    },
    { setting: 'aliases' },
  ),
  ...mutations(
    'proof_htu',
    {
      'target-other-alias': [
        'a target at one alias with htu of another',
        (valid) => ({ ...firstAlias(valid), target: secondAlias + pathOf(valid) }),
      ],
    },
    { setting: 'aliases', onlyByFetch: true },
  ),
  ...mutations(
    'proof_htu',
    {
      'htu-path-of-resource': [
        'htu with the path of the resource',
        ({ url }) => ({
          claims: { aud: 'https://api.example.com/v1' },
          url: `${partsOf(url).origin}/v1${partsOf(url).path}`,
        }),
      ],
    },
    { setting: 'resource with path' },
  ),
}
