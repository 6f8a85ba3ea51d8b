import { defineConfig } from '@playwright/test'
import { maildoubleServer } from 'maildouble/playwright'

export default defineConfig({ webServer: maildoubleServer({ smtpPort: 0 }), reporter: 'json' })
