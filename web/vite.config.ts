/**
 * Builds the page into dist/web. Every address in it is relative, so that it works under any path prefix. How it is
 * served while it is worked on stands in scripts/dev.mjs.
 */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Whether the page's first file leads to a module by imports that do not wait. */
function isNeededAtFirst(
  id: string,
  infoOf: (id: string) => { isEntry: boolean; importers: readonly string[] } | null,
  seen = new Set<string>(),
): boolean {
  const info = infoOf(id)
  if (!info || seen.has(id)) return false
  seen.add(id)
  return info.isEntry || info.importers.some(importer => isNeededAtFirst(importer, infoOf, seen))
}

export default defineConfig({
  root: folder('.'),
  base: './',
  plugins: [react()],
  build: {
    outDir: folder('../dist/web'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The later file needs the first one only, which is there.
    modulePreload: false,
    // The page's CSP has no data: for scripts and fonts, and a request of its own is cached.
    assetsInlineLimit: 0,
    // One file of styles, and one of what is fetched later: a dozen small ones pack far worse.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              // What both need would be a third file.
              name: (id, context) => (isNeededAtFirst(id, other => context.getModuleInfo(other)) ? 'index' : 'later'),
              debugName: 'index or later',
            },
          ],
          includeDependenciesRecursively: false,
        },
      },
    },
  },
})
