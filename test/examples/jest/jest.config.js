module.exports = {
  globalSetup: 'maildouble/jest/setup', // one server for the run; SMTP_URL and MAILDOUBLE_URL name it
  setupFilesAfterEnv: ['maildouble/jest'], // the matchers
}
