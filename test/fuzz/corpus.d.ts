export function loadCorpus(target: string): { name: string; input: string }[]
export function keep(target: string, input: string, kind: 'input' | 'finding'): string
