import { loggable } from '@dpop-guard/core/plugin'

/** The first words of error replies of Redis and Valkey, their clusters and sentinels. Any other word may be part of a secret. */
const replyCodes = [
  ...[
    'ASK',
    'BUSY',
    'CLUSTERDOWN',
    'CROSSSLOT',
    'DENIED',
    'ERR',
    'EXECABORT',
    'FAILOVER',
    'IOERR',
    'LOADING',
    'MASTERDOWN',
  ],
  ...[
    'MISCONF',
    'MOVED',
    'NOAUTH',
    'NOGOODSLAVE',
    'NOMASTERLINK',
    'NOPERM',
    'NOREPLICAS',
    'NOTREADY',
    'OOM',
    'READONLY',
  ],
  ...['TRYAGAIN', 'UNBLOCKED', 'UNKILLABLE', 'WRONGPASS', 'WRONGTYPE'],
]

/**
 * Describes a failed command for operators: only the code word of the server's reply. For an error of the client, it shows
 * nothing, because some hold the command, or the server's URL with its password.
 */
export function describeFailure(error: unknown): Error {
  const code = replyCodes.find((word) => word === firstWord(error))
  const message =
    code === undefined
      ? 'sendCommand() failed: the client is not connected, or sendCommand is not the line for it in the README'
      : `the server replied ${code}`
  return loggable(new Error(message, { cause: error }))
}

/** The first word of an error's message. Never throws, for any value that a client can throw. */
function firstWord(error: unknown): string | undefined {
  try {
    return /^-?(\w+)/.exec(String((error as Error).message))?.[1]
  } catch {
    return undefined
  }
}
