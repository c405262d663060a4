const hungUp = 'it hung up'

const noTls = 'it does not speak TLS; is it http?'

const unknownAuthority =
  'its certificate is of an authority that Node does not know; NODE_EXTRA_CA_CERTS names a file of more'

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNRESET: hungUp,
  UND_ERR_SOCKET: hungUp,
  // Which of the two depends on the version of OpenSSL.
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
}

/** Why an exchange with `url` broke off, where `fetch` hides it in a cause; any other error as it is. */
export function explainBreak(url: string, error: unknown): unknown {
  if (!(error instanceof TypeError && error.cause instanceof Error)) return error
  const { message, code = '' } = error.cause as NodeJS.ErrnoException
  return new Error(`no whole answer from ${new URL(url).origin}: ${meanings[code] ?? (message || code)}`)
}
