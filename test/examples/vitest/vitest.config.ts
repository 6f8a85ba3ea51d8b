import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: 'maildouble/vitest/setup', // one server for the run; SMTP_URL and MAILDOUBLE_URL name it
  },
})
