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
 * What an operator may read of a failed command: the code word of the server's reply. Of any other error of the client nothing,
 * because some hold the command or the server's URL with its password.
 */
export function describeFailure(error: unknown): Error {
  const code = replyCodes.find((word) => word === firstWord(error))
  const message =
    code === undefined
      ? 'sendCommand() failed: the client is not connected, or sendCommand is not the line for it in the README'
      : `the server replied ${code}`
  return loggable(new Error(message, { cause: error }))
}

/** Never throws, whatever a client has thrown. */
function firstWord(error: unknown): string | undefined {
  try {
    return /^-?(\w+)/.exec(String((error as Error).message))?.[1]
  } catch {
    return undefined
  }
}
