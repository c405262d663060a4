// @ts-check

/**
 * Mutants that no test can kill, each with the reason why it cannot be observed. `original` and `mutated` are the lines that the
 * mutant changes, joined.
 * @type {readonly { file: string, original: string, mutated: string, why: string }[]}
 */
export const survivors = [
  {
    file: 'request/authorization.ts',
    original: 'if (scheme === undefined || !offered.includes(scheme)) {',
    mutated: 'if (false || !offered.includes(scheme)) {',
    why: 'Only the type needs it: undefined is never offered.',
  },
  {
    file: 'access-token/binding.ts',
    original: "const { jkt, certificate = '' } = binding",
    mutated: 'const { jkt, certificate = "Stryker was here!" } = binding',
    why: 'Only the type needs a default: a binding without a key has a certificate.',
  },
  {
    file: 'proof/nonces.ts',
    original: "const [current = ''] = this.#secrets",
    mutated: 'const [current = "Stryker was here!"] = this.#secrets',
    why: 'Only the type needs a default: an empty list of secrets is a TypeError.',
  },
  {
    file: 'proof/nonces.ts',
    original: "const received = Buffer.from(nonce, 'utf8')",
    mutated: 'const received = Buffer.from(nonce, "")',
    why: 'UTF-8 is the default.',
  },
  {
    file: 'proof/nonces.ts',
    original: "bytes: Buffer.from(this.#mac(secret, step), 'utf8'),",
    mutated: 'bytes: Buffer.from(this.#mac(secret, step), ""),',
    why: 'UTF-8 is the default.',
  },
  {
    file: 'proof/request-claims.ts',
    original: 'if (expected.includes(htu)) return',
    mutated: 'if (false) return',
    why: 'A shortcut: the list has normal forms, and normalizing does not change them.',
  },
  {
    file: 'proof/request-claims.ts',
    original: 'if (received !== undefined && expected.includes(received)) return',
    mutated: 'if (true && expected.includes(received)) return',
    why: 'Only the type needs it: undefined is never in the list.',
  },
  {
    file: 'proof/embedded-key.ts',
    original: 'const notReduced = /^(?:e[d-f]|f.)(?:ff){30}7f$/',
    mutated: 'const notReduced = /(?:e[d-f]|f.)(?:ff){30}7f$/',
    why: 'The string always has 64 characters, and the pattern needs 64.',
  },
  {
    file: 'proof/embedded-key.ts',
    original: 'const notReduced = /^(?:e[d-f]|f.)(?:ff){30}7f$/',
    mutated: 'const notReduced = /^(?:e[d-f]|f.)(?:ff){30}7f/',
    why: 'The string always has 64 characters, and the pattern needs 64.',
  },
  {
    file: 'proof/freshness.ts',
    original: 'if (exp !== undefined && now >= exp + toleranceSeconds) {',
    mutated: 'if (true && now >= exp + toleranceSeconds) {',
    why: 'No number is greater than or equal to NaN, so an absent exp has not passed.',
  },
  {
    file: 'proof/freshness.ts',
    original: 'if (nbf !== undefined && nbf - now > toleranceSeconds) {',
    mutated: 'if (true && nbf - now > toleranceSeconds) {',
    why: 'NaN is not greater than any tolerance, so an absent nbf is not ahead.',
  },
  {
    file: 'proof/known-keys.ts',
    original: "const copy = Buffer.from(text, 'latin1').toString('latin1')",
    mutated: `const copy = Buffer.from(text, "").toString('latin1')`,
    why: 'Base64url is ASCII, in which latin1 and UTF-8 are the same bytes.',
  },
  {
    file: 'proof/verify-signature.ts',
    original: "const signed = Buffer.from(signingInput, 'latin1')",
    mutated: 'const signed = Buffer.from(signingInput, "")',
    why: 'Base64url is ASCII, in which latin1 and UTF-8 are the same bytes.',
  },
  {
    file: 'proof/open-proof.ts',
    original: "return typeof alg === 'string' && allowed.has(alg)",
    mutated: 'return true && allowed.has(alg)',
    why: 'Only the type needs it: the set holds only strings.',
  },
  {
    file: 'proof/open-proof.ts',
    original: "if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return",
    mutated: 'if (true && Number.isFinite(value) && value >= 0) return',
    why: 'Only the type needs it: Number.isFinite is false for any value that is not a number.',
  },
  {
    file: 'proof/verify-signature.ts',
    original: 'verify(digest, signed, key, signature, (error, result) => resolve(error === null && result))',
    mutated: 'verify(digest, signed, key, signature, (error, result) => resolve(true && result))',
    why: 'With an error there is no result, and undefined is not true.',
  },
  {
    file: 'replay-store-contract.ts',
    original: "(index % 2 === 0 ? store : peer).addIfAbsent(keyOf('a'), 60),",
    mutated: "(index % 2 !== 0 ? store : peer).addIfAbsent(keyOf('a'), 60),",
    why: 'The two stores change places.',
  },
  {
    file: 'replay-store-contract.ts',
    original: "(index % 2 === 0 ? store : peer).addIfAbsent(keyOf('a'), 60),",
    mutated: "(index * 2 === 0 ? store : peer).addIfAbsent(keyOf('a'), 60),",
    why: 'One call on the one store and all others on the other show the same.',
  },
  {
    file: 'replay/memory-store.ts',
    original: "if (shard === undefined) throw new RangeError('no such shard')",
    mutated: "if (false) throw new RangeError('no such shard')",
    why: 'Only the type needs it: a byte always has a shard.',
  },
  {
    file: 'replay/memory-store.ts',
    original: "if (shard === undefined) throw new RangeError('no such shard')",
    mutated: 'if (shard === undefined) throw new RangeError("")',
    why: 'Only the type needs it: a byte always has a shard.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'if (Math.floor(now) !== this.#countedAt) {',
    mutated: 'if (true) {',
    why: 'Counting again gives the same number; it only takes time.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'const forgottenUntil = this.#occupied + 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    mutated: 'const forgottenUntil = this.#occupied - 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    why: 'The table is rebuilt two entries later.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'const forgottenUntil = this.#occupied + 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    mutated: 'const forgottenUntil = true ? this.#rebuild(now) : 0',
    why: 'The table is rebuilt more often, which only takes time.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'const forgottenUntil = this.#occupied + 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    mutated: 'const forgottenUntil = this.#occupied + 1 >= this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    why: 'The table is rebuilt one entry earlier.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'if (this.#expiry[slot] === 0) this.#occupied++',
    mutated: 'if (true) this.#occupied++',
    why: 'The table is rebuilt earlier.',
  },
  {
    file: 'response/rejection.ts',
    original: "const name = used.length > 1 ? 'both' : used[0]",
    mutated: 'const name = used.length > 1 ? "" : used[0]',
    why: 'Another placeholder that is not the name of a scheme.',
  },
  {
    file: 'response/rejection.ts',
    original: "const name = used.length > 1 ? 'both' : used[0]",
    mutated: "const name = false ? 'both' : used[0]",
    why: 'No reason of the failure table occurs with one scheme and also with two.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', path = ''] = absoluteUri.exec(uri) ?? []",
    mutated: `const [matched, scheme = "Stryker was here!", host = '', path = ''] = absoluteUri.exec(uri) ?? []`,
    why: 'Only the type needs a default: if the pattern matches, every group does.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', path = ''] = absoluteUri.exec(uri) ?? []",
    mutated: `const [matched, scheme = '', host = "Stryker was here!", path = ''] = absoluteUri.exec(uri) ?? []`,
    why: 'Only the type needs a default: if the pattern matches, every group does.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', path = ''] = absoluteUri.exec(uri) ?? []",
    mutated: `const [matched, scheme = '', host = '', path = "Stryker was here!"] = absoluteUri.exec(uri) ?? []`,
    why: 'Only the type needs a default: if the pattern matches, every group does.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', path = ''] = absoluteUri.exec(uri) ?? []",
    mutated: `const [matched, scheme = '', host = '', path = ''] = absoluteUri.exec(uri) ?? ["Stryker was here"]`,
    why: 'Without scheme and host there is no origin, so the result is undefined too.',
  },
  {
    file: 'request/host.ts',
    original: "const [matched, ipv6, name = '', port = ''] = pattern.exec(text) ?? []",
    mutated: `const [matched, ipv6, name = "Stryker was here!", port = ''] = pattern.exec(text) ?? []`,
    why: 'It is used only without IPv6, and then the group exists.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [head = '', tail] = text.replace(/[\\d.]+\\.\\d+$/, ipv4Groups).split('::')",
    mutated: "const [head = '', tail] = text.replace(/[\\d.]+\\.\\d+/, ipv4Groups).split('::')",
    why: 'An IPv6 address has an IPv4 address at its end only.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [head = '', tail] = text.replace(/[\\d.]+\\.\\d+$/, ipv4Groups).split('::')",
    mutated: `const [head = "Stryker was here!", tail] = text.replace(/[\\d.]+\\.\\d+$/, ipv4Groups).split('::')`,
    why: 'Only the type needs a default: split returns one part or more.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', absolutePath = ''] = absoluteUri.exec(path) ?? []",
    mutated: `const [matched, scheme = '', host = '', absolutePath = "Stryker was here!"] = absoluteUri.exec(path) ?? []`,
    why: 'Only the type needs a default: if the pattern matches, every group does.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', absolutePath = ''] = absoluteUri.exec(path) ?? []",
    mutated: `const [matched, scheme = "Stryker was here!", host = '', absolutePath = ''] = absoluteUri.exec(path) ?? []`,
    why: 'Only the type needs a default: if the pattern matches, every group does.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', absolutePath = ''] = absoluteUri.exec(path) ?? []",
    mutated: `const [matched, scheme = '', host = "Stryker was here!", absolutePath = ''] = absoluteUri.exec(path) ?? []`,
    why: 'Only the type needs a default: if the pattern matches, every group does.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [matched, scheme = '', host = '', absolutePath = ''] = absoluteUri.exec(path) ?? []",
    mutated: `const [matched, scheme = '', host = '', absolutePath = ''] = absoluteUri.exec(path) ?? ["Stryker was here"]`,
    why: 'Without scheme and host there is no origin, so the target is rejected too.',
  },
  {
    file: 'request/target-uri.ts',
    original: 'const origin = matched === undefined ? undefined : normalizeOrigin(scheme.toLowerCase(), host)',
    mutated: 'const origin = false ? undefined : normalizeOrigin(scheme.toLowerCase(), host)',
    why: 'Without scheme and host there is no origin either.',
  },
  {
    file: 'request/target-uri.ts',
    original: 'if (matched === undefined || !visibleAscii.test(uri)) return undefined',
    mutated: 'if (false || !visibleAscii.test(uri)) return undefined',
    why: 'Without a match there is neither scheme nor host, and so no origin.',
  },
  {
    file: 'request/target-uri.ts',
    original: "return path.includes('%') ? decodeUnreserved(path) : path",
    mutated: 'return true ? decodeUnreserved(path) : path',
    why: 'A shortcut: without percent signs there is nothing to decode.',
  },
  {
    file: 'request/target-uri.ts',
    original: "return path.includes('%') ? decodeUnreserved(path) : path",
    mutated: 'return path.includes("") ? decodeUnreserved(path) : path',
    why: 'A shortcut: without percent signs there is nothing to decode.',
  },
  {
    file: 'request/target-uri.ts',
    original: 'if (!dotSegment.test(path)) return path',
    mutated: 'if (false) return path',
    why: 'A shortcut: without dot segments the joined path is the same as before.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [, host = ''] = /^http:\\/\\/(.*?)(?::\\d+)?$/.exec(origin) ?? []",
    mutated: 'const [, host = "Stryker was here!"] = /^http:\\/\\/(.*?)(?::\\d+)?$/.exec(origin) ?? []',
    why: 'No loopback host has this name.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [, host = ''] = /^http:\\/\\/(.*?)(?::\\d+)?$/.exec(origin) ?? []",
    mutated: "const [, host = ''] = /http:\\/\\/(.*?)(?::\\d+)?$/.exec(origin) ?? []",
    why: 'A normalised origin has no second scheme.',
  },
  {
    file: 'request/target-uri.ts',
    original: "const [, host = ''] = /^http:\\/\\/(.*?)(?::\\d+)?$/.exec(origin) ?? []",
    mutated: `const [, host = ''] = /^http:\\/\\/(.*?)(?::\\d+)?$/.exec(origin) ?? ["Stryker was here"]`,
    why: 'The second place stays empty.',
  },
  {
    file: 'replay/memory-store.ts',
    original: "digest.write(hash('sha256', this.#salt + key, 'binary'), 'latin1')",
    mutated: "digest.write(hash('sha256', this.#salt + key, 'binary'), \"\")",
    why: 'In UTF-8 the 32 bytes still distinguish any two keys.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'const forgottenUntil = this.#occupied + 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    mutated: 'const forgottenUntil = this.#occupied + 1 <= this.#capacity * maxLoad ? this.#rebuild(now) : 0',
    why: 'Slower: the table is rebuilt while it has space, so it never gets full.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'return Math.floor((firstWord / 2 ** 32) * this.#capacity)',
    mutated: 'return Math.floor(firstWord / 2 ** 32 / this.#capacity)',
    why: 'Slower: every search begins at the first slot.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'return slot + 1 === this.#capacity ? 0 : slot + 1',
    mutated: 'return slot - 1 === this.#capacity ? 0 : slot + 1',
    why: 'There are no zeros and no keys behind the last slot, so the search continues at the first.',
  },
  {
    file: 'replay/memory-store.ts',
    original:
      'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) && this.#keys[start + 2] === digest.readUInt32LE(8) && this.#keys[start + 3] === digest.readUInt32LE(12)',
    mutated:
      'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) && this.#keys[start + 2] === digest.readUInt32LE(8) || this.#keys[start + 3] === digest.readUInt32LE(12)',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original:
      'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) && this.#keys[start + 2] === digest.readUInt32LE(8) &&',
    mutated: 'true &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original:
      'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) && this.#keys[start + 2] === digest.readUInt32LE(8) &&',
    mutated:
      'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) || this.#keys[start + 2] === digest.readUInt32LE(8) &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) &&',
    mutated: 'this.#keys[start] === digest.readUInt32LE(0) || this.#keys[start + 1] === digest.readUInt32LE(4) &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'this.#keys[start] === digest.readUInt32LE(0) && this.#keys[start + 1] === digest.readUInt32LE(4) &&',
    mutated: 'true &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'this.#keys[start] === digest.readUInt32LE(0) &&',
    mutated: 'true &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'this.#keys[start + 1] === digest.readUInt32LE(4) &&',
    mutated: 'true &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'this.#keys[start + 2] === digest.readUInt32LE(8) &&',
    mutated: 'true &&',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'this.#keys[start + 3] === digest.readUInt32LE(12)',
    mutated: 'true',
    why: 'A difference shows only if two keys in one slot have 32 equal random bits.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'const live = expiry.reduce((count, second) => (second > now ? count + 1 : count), 0)',
    mutated: 'const live = expiry.reduce((count, second) => (true ? count + 1 : count), 0)',
    why: 'More memory: space is reserved for expired entries.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'const live = expiry.reduce((count, second) => (second > now ? count + 1 : count), 0)',
    mutated: 'const live = expiry.reduce((count, second) => (second >= now ? count + 1 : count), 0)',
    why: 'More memory: space is reserved for an entry that expires now.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'for (let slot = 0; slot < expiry.length; slot++) {',
    mutated: 'for (let slot = 0; slot <= expiry.length; slot++) {',
    why: 'There is nothing to copy behind the last slot.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'if (second > now) this.#move(keys, slot, second)',
    mutated: 'if (second >= now) this.#move(keys, slot, second)',
    why: 'More memory: an entry that expires now is copied, and found expired later.',
  },
  {
    file: 'replay/memory-store.ts',
    original: 'else if (second > forgottenUntil) forgottenUntil = second',
    mutated: 'else if (second >= forgottenUntil) forgottenUntil = second',
    why: 'If two times are equal, the choice does not matter.',
  },
  {
    file: 'proof/verify-signature.ts',
    original: "const verified = takesThread(isLarge ? 'moderate' : verification, isLast)",
    mutated: 'const verified = takesThread(isLarge ? "" : verification, isLast)',
    why: 'A verification that is neither quick nor slow is moderate.',
  },
  {
    file: 'proof/verify-signature.ts',
    original: 'const isLarge = signatureBytes === undefined && signature.length > quickSignatureBytes',
    mutated: 'const isLarge = true && signature.length > quickSignatureBytes',
    why: 'Only RSA has signatures of more bytes.',
  },
  {
    file: 'request/host.ts',
    original: 'if (named === undefined) return',
    mutated: 'if (false) return',
    why: 'Only the type needs it: as a string, undefined is a valid host name.',
  },
  {
    file: 'request/host.ts',
    original: 'const agree = also === named || (isHostValue(also) && also.toLowerCase() === named.toLowerCase())',
    mutated: 'const agree = false || (isHostValue(also) && also.toLowerCase() === named.toLowerCase())',
    why: 'A shortcut: equal values agree, and the check for a host runs in both cases.',
  },
  {
    file: 'guard.ts',
    original: 'if (isPending(using)) await using',
    mutated: 'if (true) await using',
    why: 'Slower: it makes a promise for an available value.',
  },
  {
    file: 'encoding/json.ts',
    original: '} catch { return undefined }',
    mutated: '} catch {}',
    why: 'Invalid JSON results in undefined, which is not an object.',
  },
  {
    file: 'request/fields.ts',
    original: 'default: return undefined',
    mutated: 'default:',
    why: 'A function without a return statement returns undefined.',
  },
  {
    file: 'request/fields.ts',
    original: 'while (start < end && isWhitespace(value, start)) start++',
    mutated: 'while (true && isWhitespace(value, start)) start++',
    why: 'There is no white space beyond the ends of a string.',
  },
  {
    file: 'request/fields.ts',
    original: 'while (start < end && isWhitespace(value, start)) start++',
    mutated: 'while (start <= end && isWhitespace(value, start)) start++',
    why: 'There is no white space beyond the ends of a string.',
  },
  {
    file: 'request/fields.ts',
    original: 'while (end > start && isWhitespace(value, end - 1)) end--',
    mutated: 'while (true && isWhitespace(value, end - 1)) end--',
    why: 'There is no white space beyond the ends of a string.',
  },
  {
    file: 'request/fields.ts',
    original: 'while (end > start && isWhitespace(value, end - 1)) end--',
    mutated: 'while (end >= start && isWhitespace(value, end - 1)) end--',
    why: 'There is no white space beyond the ends of a string.',
  },
  {
    file: 'access-token/scopes.ts',
    original:
      "const scopes: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : []",
    mutated:
      "const scopes: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [\"Stryker was here\"]",
    why: 'That string is not a scope, because it has spaces.',
  },
  {
    file: 'access-token/token-cache.ts',
    original: 'if (entry.usableFrom < entry.usableUntil) this.#cache.set(digest, entry, { size })',
    mutated: 'if (true) this.#cache.set(digest, entry, { size })',
    why: 'More memory: an entry that is added here can never be used.',
  },
  {
    file: 'access-token/token-cache.ts',
    original: 'if (entry.usableFrom < entry.usableUntil) this.#cache.set(digest, entry, { size })',
    mutated: 'if (entry.usableFrom <= entry.usableUntil) this.#cache.set(digest, entry, { size })',
    why: 'More memory: an entry that is added here can never be used.',
  },
  {
    file: 'access-token/fetch-json.ts',
    original: 'for await (const chunk of response.body ?? []) {',
    mutated: 'for await (const chunk of response.body ?? ["Stryker was here"]) {',
    why: 'In both cases an answer without a body is not JSON.',
  },
  {
    file: 'access-token/custom-verifier.ts',
    original:
      'if (exp !== undefined && exp <= now - clockToleranceSeconds) throw expired(exp, now - clockToleranceSeconds)',
    mutated: 'if (true && exp <= now - clockToleranceSeconds) throw expired(exp, now - clockToleranceSeconds)',
    why: 'Only the type needs it: no comparison with undefined holds.',
  },
  {
    file: 'access-token/custom-verifier.ts',
    original:
      'if (nbf !== undefined && nbf > now + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)',
    mutated: 'if (true && nbf > now + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)',
    why: 'Only the type needs it: no comparison with undefined holds.',
  },
  {
    file: 'access-token/unverified-token.ts',
    original: "const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined",
    mutated: 'const issuer = true ? issuers.get(iss) : undefined',
    why: 'Only the type needs it: the name of an issuer is always a string.',
  },
  {
    file: 'access-token/unverified-token.ts',
    original: "if (typeof iss !== 'string' || issuer === undefined) {",
    mutated: 'if (false || issuer === undefined) {',
    why: 'Only the type needs it: the name of an issuer is always a string.',
  },
  {
    file: 'access-token/issuer-keys.ts',
    original: 'if (this.#loaded !== known && this.#loaded !== undefined) return this.#loaded',
    mutated: 'if (this.#loaded !== known && true) return this.#loaded',
    why: 'Only the type needs it: known keys come from here.',
  },
  {
    file: 'access-token/issuer-keys.ts',
    original: "if (this.#isBackingOff(now)) throw new CheckUnavailable('keys_unavailable', this.#failure?.error)",
    mutated: "if (this.#isBackingOff(now)) throw new CheckUnavailable('keys_unavailable', this.#failure.error)",
    why: 'Only the type needs it: it backs off only after a failure.',
  },
  {
    file: 'access-token/issuer-keys.ts',
    original: 'return start !== undefined && start <= now && now < start + seconds',
    mutated: 'return true && start <= now && now < start + seconds',
    why: 'Only the type needs it: no comparison with undefined holds.',
  },
  {
    file: 'introspection.ts',
    original: "if (!/^application\\/json\\b/i.test(response.headers.get('content-type') ?? '')) {",
    mutated: 'if (!/^application\\/json\\b/i.test(response.headers.get(\'content-type\') ?? "Stryker was here!")) {',
    why: 'That is not the media type of JSON either.',
  },
  {
    file: 'option-readers.ts',
    original: 'const list = listOf(value) ?? []',
    mutated: 'const list = listOf(value) ?? ["Stryker was here"]',
    why: 'A list with an invalid item is rejected like an empty list.',
  },
  {
    file: 'option-readers.ts',
    original: "if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {",
    mutated: 'if (false || !Number.isInteger(value) || value < min || value > max) {',
    why: 'Only the type needs it: a value that is not a number is not an integer.',
  },
  {
    file: 'option-readers.ts',
    original: 'if (best !== undefined && best.distance <= Math.max(2, Math.ceil(key.length / 3))) return best.name',
    mutated: 'if (true && best.distance <= Math.max(2, Math.ceil(key.length / 3))) return best.name',
    why: 'Only the type needs it: some name is always known.',
  },
  {
    file: 'proof/freshness-options.ts',
    original: 'return { freshness: chosen, nonces: undefined }',
    mutated: 'return {}',
    why: 'The code asks only whether freshness depends on nonces alone.',
  },
  {
    file: 'request/public-url.ts',
    original: "const base = typeof url === 'string' ? parsePublicBase(url) : undefined",
    mutated: 'const base = true ? parsePublicBase(url) : undefined',
    why: 'Only the type needs it: a value that is not a string is not a secure URL.',
  },
  {
    file: 'request/accepted-schemes.ts',
    original: "return readChoiceOption('credentials', value, 'required', ['required', 'optional'])",
    mutated: "return readChoiceOption('credentials', value, \"\", ['required', 'optional'])",
    why: "The code only compares it with 'optional'.",
  },
  {
    file: 'proof/nonce-options.ts',
    original: "return readChoiceOption('sendNonce', value, 'when-new', ['when-new', 'always'])",
    mutated: "return readChoiceOption('sendNonce', value, \"\", ['when-new', 'always'])",
    why: "The code only compares it with 'always'.",
  },
  {
    file: 'request/public-url.ts',
    original: "const base = parsePublicBase(resource.replace(/\\?.*$/s, ''))",
    mutated: "const base = parsePublicBase(resource.replace(/\\?.*/s, ''))",
    why: 'With the flag s this already goes to the end.',
  },
  {
    file: 'diagnostics/events.ts',
    original: 'if (accepted.hasSubscribers) accepted.publish(record.describe())',
    mutated: 'if (true) accepted.publish(record.describe())',
    why: 'Slower: it publishes an event without a subscriber.',
  },
  {
    file: 'diagnostics/events.ts',
    original: 'if (rejected.hasSubscribers) rejected.publish(event)',
    mutated: 'if (true) rejected.publish(event)',
    why: 'Slower: it publishes an event without a subscriber.',
  },
  {
    file: 'diagnostics/events.ts',
    original: 'if (!debug.enabled && !rejected.hasSubscribers) return',
    mutated: 'if (false) return',
    why: 'Slower: it publishes an event without a subscriber.',
  },
  {
    file: 'response/resource-metadata.ts',
    original: "const [, origin = '', resourcePath = ''] = parts",
    mutated: 'const [, origin = "Stryker was here!", resourcePath = \'\'] = parts',
    why: 'Only the type needs a default: a match has both parts.',
  },
  {
    file: 'plugin/metadata-answer.ts',
    original: "{ method, target = '', headers }: GuardRequest,",
    mutated: '{ method, target = "Stryker was here!", headers }: GuardRequest,',
    why: 'Only the type needs a default: a request has a target.',
  },
  {
    file: 'plugin/late-headers.ts',
    original:
      "if (typeof nonce !== 'string' || typeof cacheControl !== 'string') return { headers: others, lateHeaders: undefined }",
    mutated:
      "if (typeof nonce !== 'string' && typeof cacheControl !== 'string') return { headers: others, lateHeaders: undefined }",
    why: 'Only the type needs both: neither occurs without the other.',
  },
  {
    file: 'plugin/late-headers.ts',
    original:
      "if (typeof nonce !== 'string' || typeof cacheControl !== 'string') return { headers: others, lateHeaders: undefined }",
    mutated: "if (false || typeof cacheControl !== 'string') return { headers: others, lateHeaders: undefined }",
    why: 'Only the type needs both: neither occurs without the other.',
  },
  {
    file: 'plugin/late-headers.ts',
    original:
      "if (typeof nonce !== 'string' || typeof cacheControl !== 'string') return { headers: others, lateHeaders: undefined }",
    mutated: "if (typeof nonce !== 'string' || false) return { headers: others, lateHeaders: undefined }",
    why: 'Only the type needs both: neither occurs without the other.',
  },
  {
    file: 'introspection.ts',
    original:
      "if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return { active: false }",
    mutated: "if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return {}",
    why: 'An answer without active is inactive.',
  },
  {
    file: 'failures.ts',
    original: 'const noError = (step: RfcStep) => ({ status: 401, step }) as const',
    mutated: 'const noError = () => undefined',
    why: 'Without its table the suites do not load. Stryker sees no failed test, but vitest fails for each suite.',
  },
  {
    file: 'failures.ts',
    original:
      "const malformed = (step: RfcStep, description: string) => ({ status: 400, error: 'invalid_request', description, step }) as const",
    mutated: 'const malformed = () => undefined',
    why: 'Without its table the suites do not load. Stryker sees no failed test, but vitest fails for each suite.',
  },
  {
    file: 'failures.ts',
    original:
      "const ambiguous = { status: 400, error: 'invalid_request', description: 'Multiple methods used to include access token', step: rfc6750('2'), } as const",
    mutated: 'const ambiguous = {} as const',
    why: 'Without its table the suites do not load. Stryker sees no failed test, but vitest fails for each suite.',
  },
  {
    file: 'failures.ts',
    original:
      "const badProof = (step: RfcStep, description: string) => ({ status: 401, error: 'invalid_dpop_proof', description, step }) as const",
    mutated: 'const badProof = () => undefined',
    why: 'Without its table the suites do not load. Stryker sees no failed test, but vitest fails for each suite.',
  },
  {
    file: 'failures.ts',
    original:
      "const stepUp = (description: string) => ({ status: 401, error: 'insufficient_user_authentication', description, step: rfc9470, }) as const",
    mutated: 'const stepUp = () => undefined',
    why: 'Without its table the suites do not load. Stryker sees no failed test, but vitest fails for each suite.',
  },
  {
    file: 'failures.ts',
    original:
      "const badToken = (step: RfcStep, description: string) => ({ status: 401, error: 'invalid_token', description, step }) as const",
    mutated: 'const badToken = () => undefined',
    why: 'Without its table the suites do not load. Stryker sees no failed test, but vitest fails for each suite.',
  },
  {
    file: 'replay-store-contract.ts',
    original: "await expectAdded(store, keyOf('b'), 60)",
    mutated: 'await expectAdded(store, keyOf(""), 60)',
    why: 'Any other key has the same result.',
  },
  {
    file: 'replay-store-contract.ts',
    original: "(index % 2 === 0 ? store : peer).addIfAbsent(keyOf('a'), 60),",
    mutated: '(index % 2 === 0 ? store : peer).addIfAbsent(keyOf(""), 60),',
    why: 'Any key has the same result.',
  },
  {
    file: 'access-token/registered-claims.ts',
    original:
      'if (nbf !== undefined && nbf > second + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)',
    mutated: 'if (true && nbf > second + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)',
    why: 'Only the type needs it: no comparison with undefined holds.',
  },
  {
    file: 'access-token/registered-claims.ts',
    original: "if (exp === undefined) throw badClaim('exp', 'present', 'missing')",
    mutated: "if (false) throw badClaim('exp', 'present', 'missing')",
    why: 'Only the type needs it: exp is one of the required claims.',
  },
  {
    file: 'access-token/registered-claims.ts',
    original: "if (exp === undefined) throw badClaim('exp', 'present', 'missing')",
    mutated: "if (exp === undefined) throw badClaim(\"\", 'present', 'missing')",
    why: 'Only the type needs it: exp is one of the required claims.',
  },
  {
    file: 'access-token/registered-claims.ts',
    original: "if (exp === undefined) throw badClaim('exp', 'present', 'missing')",
    mutated: "if (exp === undefined) throw badClaim('exp', \"\", 'missing')",
    why: 'Only the type needs it: exp is one of the required claims.',
  },
  {
    file: 'access-token/registered-claims.ts',
    original: "if (exp === undefined) throw badClaim('exp', 'present', 'missing')",
    mutated: "if (exp === undefined) throw badClaim('exp', 'present', \"\")",
    why: 'Only the type needs it: exp is one of the required claims.',
  },
  {
    file: 'plugin/rejection-error.ts',
    original: "if (via === 'response' || rejection === undefined) return undefined",
    mutated: "if (via === 'response' || false) return undefined",
    why: 'Only the type needs it: an answer without a rejection is sent directly.',
  },
  {
    file: 'plugin/received-request.ts',
    original: 'for (let index = 0; index < listed.length; index += 2) {',
    mutated: 'for (let index = 0; index <= listed.length; index += 2) {',
    why: 'There is no name behind the end of the list.',
  },
  {
    file: 'plugin/received-request.ts',
    original: "const { [index]: name = '' } = listed",
    mutated: 'const { [index]: name = "Stryker was here!" } = listed',
    why: 'Only the type needs a default: each index is in the list.',
  },
  {
    file: 'plugin/received-request.ts',
    original: 'if (name.length === 13 || name.length === 4) absent.delete(name.toLowerCase())',
    mutated: 'if (true) absent.delete(name.toLowerCase())',
    why: 'Slower: no other name is in the set.',
  },
  {
    file: 'plugin/received-request.ts',
    original: 'if (absent.size === 0) return listed',
    mutated: 'if (false) return listed',
    why: 'Slower: then there is nothing to add.',
  },
  {
    file: 'plugin/received-request.ts',
    original: "if (typeof value !== 'object' || value === null) return false",
    mutated: 'if (false) return false',
    why: 'Only the type needs it: the prototype of any other value has a prototype, and null is not passed.',
  },
  {
    file: 'plugin/received-request.ts',
    original: "if (typeof value !== 'object' || value === null) return false",
    mutated: "if (typeof value !== 'object' && value === null) return false",
    why: 'Only the type needs it: the prototype of any other value has a prototype, and null is not passed.',
  },
  {
    file: 'plugin/received-request.ts',
    original: "if (typeof value !== 'object' || value === null) return false",
    mutated: 'if (false || value === null) return false',
    why: 'Only the type needs it: the prototype of any other value has a prototype.',
  },
  {
    file: 'plugin/received-request.ts',
    original: "if (typeof value !== 'object' || value === null) return false",
    mutated: "if (typeof value !== 'object' || false) return false",
    why: 'Only the type needs it: null is not passed.',
  },
  {
    file: 'request/accepted-schemes.ts',
    original: 'const list = listOf(value) ?? []',
    mutated: 'const list = listOf(value) ?? ["Stryker was here"]',
    why: 'That string is not a scheme, because it has spaces.',
  },
  {
    file: 'request/accepted-schemes.ts',
    original: "const names = list.flatMap((item) => (typeof item === 'string' ? item.toLowerCase() : []))",
    mutated:
      'const names = list.flatMap((item) => (typeof item === \'string\' ? item.toLowerCase() : ["Stryker was here"]))',
    why: 'That string is not a scheme, because it has spaces.',
  },
  {
    file: 'encoding/compact-jws.ts',
    original: "if (headerEnd === -1 || payloadEnd === -1 || text.includes('.', payloadEnd + 1)) return undefined",
    mutated: "if (false || payloadEnd === -1 || text.includes('.', payloadEnd + 1)) return undefined",
    why: 'Without a first dot there is no second one.',
  },
  {
    file: 'diagnostics/redaction.ts',
    original: 'return value.slice(0, maxTextLength).replace(unprintable, escapeCharacter).slice(0, maxTextLength)',
    mutated: 'return value.replace(unprintable, escapeCharacter).slice(0, maxTextLength)',
    why: 'Slower: it escapes characters that are cut off then.',
  },
  {
    file: 'diagnostics/redaction.ts',
    original:
      "const start = first === -1 || uri[first] === '@' ? 0 : first + uri.slice(first).search(/[^/\\\\\\t\\n\\r]|$/)",
    mutated: "const start = false || uri[first] === '@' ? 0 : first + uri.slice(first).search(/[^/\\\\\\t\\n\\r]|$/)",
    why: 'Without an @ there is nothing to remove, wherever the search begins.',
  },
  {
    file: 'diagnostics/redaction.ts',
    original:
      "const start = first === -1 || uri[first] === '@' ? 0 : first + uri.slice(first).search(/[^/\\\\\\t\\n\\r]|$/)",
    mutated:
      "const start = first === -1 || uri[first] === '@' ? 0 : first + uri.slice(first).search(/[^/\\\\\\t\\n\\r]/)",
    why: 'If only slashes follow, there is no @ to remove, wherever the search begins.',
  },
  {
    file: 'access-token/token-cache.ts',
    original:
      'this.#cache = new LRUCache({ max: maxTokens, maxSize: Math.max(maxTokens * averageLength, minTotalLength) })',
    mutated:
      'this.#cache = new LRUCache({ max: maxTokens, maxSize: Math.min(maxTokens * averageLength, minTotalLength) })',
    why: 'Slower: fewer tokens are remembered.',
  },
  {
    file: 'access-token/token-cache.ts',
    original:
      'this.#cache = new LRUCache({ max: maxTokens, maxSize: Math.max(maxTokens * averageLength, minTotalLength) })',
    mutated:
      'this.#cache = new LRUCache({ max: maxTokens, maxSize: Math.max(maxTokens / averageLength, minTotalLength) })',
    why: 'Slower: fewer tokens are remembered.',
  },
  {
    file: 'diagnostics/redaction.ts',
    original: 'return at === -1 ? uri : uri.slice(0, start) + rest.slice(at + 1)',
    mutated: 'return false ? uri : uri.slice(0, start) + rest.slice(at + 1)',
    why: 'Without an @, the two parts are the whole URI.',
  },
  {
    file: 'diagnostics/redaction.ts',
    original: "return target.startsWith('/') ? printable(withoutQuery(target)) : printableUri(target)",
    mutated: 'return target.startsWith("") ? printable(withoutQuery(target)) : printableUri(target)',
    why: 'A target with a userinfo is malformed, and a malformed target is not shown.',
  },
  {
    file: 'option-readers.ts',
    original: '} catch { return undefined }',
    mutated: '} catch {}',
    why: 'A function without a return statement returns undefined.',
  },
  {
    file: 'option-readers.ts',
    original: 'return Array.isArray(value) ? [] : Object.keys(value)',
    mutated: 'return Array.isArray(value) ? ["Stryker was here"] : Object.keys(value)',
    why: 'A list is rejected before its keys are used.',
  },
  {
    file: 'option-readers.ts',
    original: "const keys = typeof value === 'object' && value !== null ? keysOf(name, value) : []",
    mutated: 'const keys = typeof value === \'object\' && value !== null ? keysOf(name, value) : ["Stryker was here"]',
    why: 'A value that is not an object is rejected before its keys are used.',
  },
  {
    file: 'response/rejection.ts',
    original: "const { error, description = '' } = failure",
    mutated: 'const { error, description = "Stryker was here!" } = failure',
    why: 'A description is sent only with an error, and each error has one.',
  },
  {
    file: 'response/rejection.ts',
    original: 'const carriers = error === undefined ? [] : schemesWithError(used, policy.offered)',
    mutated: 'const carriers = false ? [] : schemesWithError(used, policy.offered)',
    why: 'Without an error, there is nothing to carry.',
  },
  {
    file: 'response/rejection.ts',
    original: 'const carriers = error === undefined ? [] : schemesWithError(used, policy.offered)',
    mutated: 'const carriers = error === undefined ? ["Stryker was here"] : schemesWithError(used, policy.offered)',
    why: 'Without an error, there is nothing to carry.',
  },
  {
    file: 'response/rejection.ts',
    original: 'const failed = error !== undefined && carriers.length > 0 ? { error, description } : undefined',
    mutated: 'const failed = true && carriers.length > 0 ? { error, description } : undefined',
    why: 'Only the type needs it: without an error, there are no carriers.',
  },
  {
    file: 'response/rejection.ts',
    original: 'if (used.length !== 1) return offered',
    mutated: 'if (false) return offered',
    why: 'If all or none of the schemes come first, the order stays.',
  },
  {
    file: 'response/verdict.ts',
    original: 'const headers = nonce === undefined ? cors : { ...cors, ...nonceHeaders(nonce) }',
    mutated: 'const headers = false ? cors : { ...cors, ...nonceHeaders(nonce) }',
    why: 'Slower: it copies the headers.',
  },
  {
    file: 'encoding/compact-jws.ts',
    original: "if (headerEnd === -1 || payloadEnd === -1 || text.includes('.', payloadEnd + 1)) return undefined",
    mutated: "if (headerEnd === -1 && payloadEnd === -1 || text.includes('.', payloadEnd + 1)) return undefined",
    why: 'Without a second dot, the search for a third one begins at the start, and finds the first one.',
  },
  {
    file: 'encoding/compact-jws.ts',
    original: "if (headerEnd === -1 || payloadEnd === -1 || text.includes('.', payloadEnd + 1)) return undefined",
    mutated: "if (headerEnd === -1 || false || text.includes('.', payloadEnd + 1)) return undefined",
    why: 'Without a second dot, the search for a third one begins at the start, and finds the first one.',
  },
  {
    file: 'access-token/token-cache.ts',
    original: 'const minTotalLength = 1024 * 1024',
    mutated: 'const minTotalLength = 1024 / 1024',
    why: 'Slower: if few tokens are kept, long ones are not remembered.',
  },
]
