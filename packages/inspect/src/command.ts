import { auditCommand, auditCommandOptions } from './audit/audit-command.js'
import { checkArguments } from './command-line.js'
import { Display } from './display.js'
import { issuerCommand, issuerOptions } from './issuer/issuer-command.js'
import { proofCommand, proofOptions } from './proof-command.js'
import { requestCommand, requestOptions } from './request-command.js'
import { type Terminal, UsageError } from './terminal.js'
import { type CommandName, writeCommands, writeUsage } from './usage.js'

/** Runs one command line. Returns the exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = '', ...rest] = args
  if (first === 'help' || args.includes('--help') || args.includes('-h')) {
    const named = first === 'help' ? (rest[0] ?? '') : first
    terminal.stdout.write(isCommand(named) ? writeUsage(named) : writeCommands())
    return 0
  }
  const display = new Display()
  const [name, own] = isCommand(first) ? [first, rest] : (['proof', args] as const)
  try {
    const { run } = commands[name]
    checkArguments(own, name, commands)
    return await run(own, terminal, display)
  } catch (error) {
    terminal.stderr.write(`dpop-inspect: ${display.line(explain(error))}\n`)
    if (isWrongUse(error)) {
      const help = isCommand(first) ? `${name} --help lists its options` : '--help lists the commands'
      terminal.stderr.write(`dpop-inspect ${help}.\n`)
    }
    return 2
  }
}

/** Each command, with its options. */
export const commands = {
  proof: { run: proofCommand, options: proofOptions },
  request: { run: requestCommand, options: requestOptions },
  issuer: { run: issuerCommand, options: issuerOptions },
  audit: { run: auditCommand, options: auditCommandOptions },
}

function isCommand(text: string): text is CommandName {
  return Object.hasOwn(commands, text)
}

/** An error of this command, or of the guard, because some of our options are options of the guard. */
function isWrongUse(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof TypeError && error.message.startsWith('dpop-guard: '))
}

const flags: Readonly<Record<string, string>> = { algorithms: '--algs', maxAgeSeconds: '--max-age' }

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message
    .replace(/^dpop-guard: /, '')
    .replace(/^"(\w+)" (must be .*), got .*$/s, (_, name, rest) => `${flags[name] ?? name} ${rest}`)
}
