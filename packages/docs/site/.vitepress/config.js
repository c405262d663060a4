// @ts-check
import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { anchorOf } from '../../headings.js'
import { sections } from '../../pages.js'

const reference = new URL('../api/typedoc-sidebar.json', import.meta.url)
const api = existsSync(reference) ? JSON.parse(readFileSync(reference, 'utf8')) : []

export default defineConfig({
  title: 'dpop-guard',
  description: 'DPoP (RFC 9449) for resource servers: a stolen access token is useless',
  outDir: '../dist',
  cacheDir: '../.cache',
  cleanUrls: true,
  lastUpdated: false,
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  markdown: {
    anchor: { slugify: anchorOf },
    languageAlias: { cjs: 'js' },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Options', link: '/guide/options' },
      { text: 'Errors', link: '/guide/errors' },
      { text: 'API', link: '/api/' },
      { text: 'Security', link: '/security' },
    ],
    sidebar: [
      ...sections.map(({ title, pages }) => ({
        text: title,
        collapsed: false,
        items: pages.map((page) => ({ text: page.title, link: `/${page.path}` })),
      })),
      { text: 'API reference', collapsed: true, items: api },
    ],
  },
})
