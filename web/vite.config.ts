/**
 * Builds the page into dist/web. Every address in it is relative, so that it works under any path prefix. How it is
 * served while it is worked on stands in scripts/dev.mjs.
 */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: folder('.'),
  base: './',
  plugins: [react()],
  build: {
    outDir: folder('../dist/web'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    modulePreload: { polyfill: false },
    // The page's CSP has no data: for scripts and fonts, and a request of its own is cached.
    assetsInlineLimit: 0,
  },
})
