// @ts-check
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const pathOf = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url))

/** Modules of Node, each with what stands for it in a browser. @param {string} name */
function standInFor(name) {
  if (name === 'node:crypto') return pathOf('node/crypto.js')
  if (name === 'node:buffer') return pathOf('node/buffer.js')
  return name.startsWith('node:') ? pathOf('node/others.js') : undefined
}

/**
 * The code of `dpop-inspect proof` for a browser, as one file. The checks are the guard's own; only the modules of Node that they
 * use are others.
 *
 * @returns {Promise<string>}
 */
export async function bundleExplanation() {
  const build = await rolldown({
    input: pathOf('main.js'),
    platform: 'browser',
    // Names of Node that the explanation never calls.
    shimMissingExports: true,
    transform: { inject: { Buffer: [pathOf('node/buffer.js'), 'Buffer'] } },
    plugins: [{ name: 'node-in-a-browser', resolveId: standInFor }],
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'es', minify: true })
  await build.close()
  const [{ code }] = output
  return code
}
