/** X.509 certificates, made with the `openssl` command at the time of the test. */
import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Certificate {
  /** PEM. */
  key: string
  /** PEM. */
  cert: string
  /** RFC 8705 section 3.1: base64url of SHA-256 over its DER. */
  thumbprint: string
}

/** A self-signed certificate for 127.0.0.1, and for `dnsNames`, with a new P-256 key, valid from now on for a day. */
export async function createCertificate(commonName: string, dnsNames: readonly string[] = []): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), 'dpop-guard-certificate-'))
  try {
    const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc']
    const alternatives = ['IP:127.0.0.1', ...dnsNames.map((name) => `DNS:${name}`)].join()
    const names = ['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=${alternatives}`]
    const files = ['-keyout', keyFile, '-out', certFile]
    await promisify(execFile)('openssl', ['req', '-x509', '-days', '1', ...newKey, ...names, ...files])
    const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')])
    const thumbprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')
    return { key, cert, thumbprint }
  } finally {
    await rm(directory, { recursive: true })
  }
}
