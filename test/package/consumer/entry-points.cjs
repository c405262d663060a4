const assert = require('node:assert/strict')

// require() rejects a module with a top-level await, anywhere in its graph.
async function main() {
  for (const name of process.argv.slice(2)) {
    const { exports: entries } = require(`${name}/package.json`)
    for (const entry of Object.keys(entries)) {
      if (entry.endsWith('.json')) continue
      const specifier = name + entry.slice(1)
      const required = require(specifier)
      const imported = await import(specifier)
      for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], `${specifier} ${key}`)
      process.stdout.write(`${specifier}\n`)
    }
  }
}

main()
