import { defineConfig } from '@playwright/test'
import { maildoubleServer } from 'maildouble/playwright'

const port = process.env.PORT ?? '3000'

export default defineConfig({
  fullyParallel: true,
  workers: 8, // one server and one app for all of them
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    launchOptions: { executablePath: process.env.CHROMIUM_PATH }, // Playwright's own unless said
  },
  webServer: [
    maildoubleServer(),
    {
      command: 'node app.js',
      url: `http://127.0.0.1:${port}`,
      env: { PORT: port, SMTP_URL: process.env.SMTP_URL ?? 'smtp://127.0.0.1:1025' },
    },
  ],
})
