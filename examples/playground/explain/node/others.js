/** What the explanation needs of Node's other modules. */
export const setImmediate = (callback, ...values) => setTimeout(callback, 0, ...values)
export const availableParallelism = () => 1
export const isMainThread = true
export const channel = () => ({ hasSubscribers: false, publish() {} })
export const tracingChannel = () => ({ hasSubscribers: false })
export const debuglog = () => Object.assign(() => {}, { enabled: false })
export const isUint8Array = (value) => value instanceof Uint8Array
export const isNativeError = (value) => value instanceof Error
export const types = { isUint8Array, isNativeError }
export const inspect = (value) => String(value)

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
export const isIPv4 = (text) => ipv4.test(text)
export const isIPv6 = (text) => text.includes(':') && URL.canParse(`http://[${text}]`)
export const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0)

export class Readable {}
export class Duplex {}
export default { isWorker: false, isPrimary: true }
