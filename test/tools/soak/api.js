// @ts-check
// Facts that servers and clients share about the APIs.

export const orderPath = '/orders/1842'
export const exportPath = '/export'
export const smallAnswer = { id: '1842', state: 'sent' }
export const exportLine = '1842 sent\n'
export const exportLineCount = 10_000

/** The rotation of the guards' nonces. */
export const nonceSecret = 'secret-of-the-soak-that-nobody-may-see'
