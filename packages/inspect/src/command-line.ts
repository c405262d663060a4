import { type ParseArgsConfig, parseArgs } from 'node:util'
import { readObjectOption } from '@dpop-guard/core/internal'
import { UsageError } from './terminal.js'

interface Command {
  readonly options: NonNullable<ParseArgsConfig['options']>
}

type Commands<Name extends string> = Readonly<Record<Name, Command>>

/** Throws before Node's parser rejects the arguments, because its errors show values. Shows nothing that may be a value. */
export function checkArguments<Name extends string>(
  args: readonly string[],
  command: Name,
  commands: Commands<Name>,
): void {
  const { options } = commands[command]
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { index, name, value, inlineValue } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined) rejectFlag(args[index] ?? '', command, commands)
    else if (option.type === 'boolean' && value !== undefined) throw new UsageError(`--${name} takes no value`)
    else if (option.type === 'string' && value === undefined) throw new UsageError(`--${name} needs a value`)
    else if (inlineValue === false && /^-./.test(value)) {
      throw new UsageError(`--${name} needs a value; one that begins with "-" is written --${name}=-...`)
    }
  }
}

/** Names the command that has this flag, or the nearest known flag. */
function rejectFlag<Name extends string>(argument: string, command: Name, commands: Commands<Name>): void {
  const [flag = ''] = argument.split('=', 1)
  // The value may be attached to the flag.
  if (!/^--?[a-z-]{1,24}$/.test(flag)) throw new UsageError('unknown option, which is not shown: it may hold a secret')
  for (const [name, { options }] of Object.entries<Command>(commands)) {
    if (Object.hasOwn(options, flag.slice(2))) throw new UsageError(`${flag} is for "dpop-inspect ${name}"`)
  }
  const { options } = commands[command]
  readObjectOption(
    '',
    { [flag]: true },
    Object.keys(options).map((name) => `--${name}`),
  )
}
