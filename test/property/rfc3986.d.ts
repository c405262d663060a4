export function normalizeByTheBook(uri: string): string | undefined
