import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findBinary } from '../../support/find-binary.js'

export const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

export interface Client {
  /** Whether `npm test` runs it. `npm run test:languages` runs all. */
  inEveryRun: boolean
  /** Debian's packages, by the program or the file that each has. */
  needs: Readonly<Record<string, string>>
  /** Compiles it into a folder. */
  build?: (folder: string) => readonly string[]
  command: (folder: string) => readonly string[]
  /** The lines that it prints. */
  expected: readonly string[]
}

const isMissing = (path: string) => (path.startsWith('/') ? !existsSync(path) : findBinary(path) === undefined)

export function missingPackages({ needs }: Client): string[] {
  return [
    ...new Set(
      Object.keys(needs)
        .filter(isMissing)
        .map((path) => needs[path] ?? path),
    ),
  ]
}

const withNonces = ['without-nonce 401 asked', 'nonce 200']
const byHand = ['spaces 200', 'other-order 200', 'extra-members 200', 'der 401', 'private-key 401']
const expected = [
  ...['good 200', 'replayed 401', 'query 200', ...byHand],
  // RS256 is not among the default algorithms.
  ...['PS256 200', 'RS256 401', 'EdDSA 200', 'other-key-EdDSA 401', ...withNonces],
]

const debianPython = '/usr/lib/python3/dist-packages'

export const python: Client = {
  inEveryRun: true,
  needs: {
    '/usr/bin/python3': 'python3',
    [`${debianPython}/jwt`]: 'python3-jwt',
    [`${debianPython}/cryptography`]: 'python3-cryptography',
  },
  command: () => ['/usr/bin/python3', pathOf('client.py')],
  expected: [
    ...['library 200', 'replayed 401', 'query 200', 'spaces 200', 'spaces-and-separators 200', 'sorted-members 200'],
    ...['not-escaped 200', 'der 401', 'private-key 401', 'PS256 200', 'RS256 401', 'EdDSA 200', 'other-key 401'],
    ...withNonces,
  ],
}

export const clients: Readonly<Record<string, Client>> = {
  'Python, with PyJWT and cryptography': python,
  'shell, with openssl and curl': {
    inEveryRun: true,
    needs: { openssl: 'openssl', curl: 'curl', xxd: 'xxd' },
    command: () => ['/bin/sh', pathOf('client.sh')],
    expected: [
      'good 200',
      'replayed 401',
      'query 200',
      'der 401',
      'other-method 401',
      'without-nonce 401',
      'nonce 200',
    ],
  },
  Go: {
    inEveryRun: false,
    needs: { go: 'golang-go' },
    build: (folder) => ['go', 'build', '-o', `${folder}/client`, pathOf('go/proof.go'), pathOf('go/client.go')],
    command: (folder) => [`${folder}/client`],
    expected,
  },
  Ruby: {
    inEveryRun: false,
    needs: { ruby: 'ruby' },
    command: () => ['ruby', pathOf('ruby/client.rb')],
    expected,
  },
  PHP: {
    inEveryRun: false,
    needs: { php: 'php-cli' },
    command: () => ['php', pathOf('php/client.php')],
    expected: expected.filter((line) => !line.startsWith('PS256')),
  },
  Java: {
    inEveryRun: false,
    needs: { javac: 'openjdk-17-jdk-headless' },
    build: (folder) => ['javac', '-d', folder, pathOf('java/Proof.java'), pathOf('java/Client.java')],
    command: (folder) => ['java', '-cp', folder, 'Client'],
    expected,
  },
}
