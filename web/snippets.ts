/** Where an app may run and what to tell it: host and port filled into what each framework wants to read. */

export interface SmtpAddress {
  host: string
  port: number
}

export interface Place {
  id: string
  name: string
  /** The host by which the app reaches maildouble from there. */
  host: (here: string) => string
  /** What else has to be known, a sentence each; text between backticks is code. */
  notes: string[]
}

export const PLACES: Place[] = [
  { id: 'machine', name: 'This machine', host: here => here, notes: [] },
  {
    id: 'compose',
    name: 'Docker Compose',
    host: () => 'maildouble',
    notes: ['With maildouble as a service beside the app, its name in the compose file is the host.'],
  },
  {
    id: 'container',
    name: 'Container',
    host: () => 'host.docker.internal',
    notes: [
      'The app in a container, maildouble on the host.',
      'On Linux give the container `--add-host host.docker.internal:host-gateway`, and start maildouble with `--host 127.0.0.1 --host 172.17.0.1`, the address of the Docker bridge: a container does not reach 127.0.0.1 of its host.',
    ],
  },
  {
    id: 'dev-container',
    name: 'Dev container',
    host: () => '127.0.0.1',
    notes: ['With maildouble inside the dev container, beside the app. Its port 8025 is forwarded to see this page.'],
  },
  {
    id: 'wsl',
    name: 'WSL',
    host: () => '127.0.0.1',
    notes: [
      'With both inside WSL, or with mirrored networking.',
      'With maildouble on Windows and the app in WSL otherwise, the host is what `ip route show default` names.',
    ],
  },
  {
    id: 'ci',
    name: 'CI',
    host: () => '127.0.0.1',
    notes: [
      'With maildouble started in the job, or as a service with mapped ports.',
      'In a job that runs in a container itself, the name of the service is the host.',
    ],
  },
]

/** What an app is to be told. */
export interface Target extends SmtpAddress {
  /** It has to begin TLS by STARTTLS. */
  tls: boolean
  /** It has to log in. */
  login: boolean
}

/** What stands for a login: the page does not know any, and where any will do, these will. */
export const LOGIN = { user: 'user', password: 'password' }
/** What the page calls the CA that an app is to trust, when it is saved. */
export const CA_FILE = 'maildouble-ca.pem'

export interface Snippet {
  id: string
  name: string
  /** Where it goes. */
  file: string
  code: (target: Target) => string
}

/** Lines, but for those that are not wanted. */
const lines = (...all: (string | false)[]) => all.filter(line => line !== false).join('\n')
const loginIn = ({ login }: Target) => (login ? `${LOGIN.user}:${LOGIN.password}@` : '')
/** Go's own client gives a password away without TLS to these only. */
const GO_TRUSTS = new Set(['127.0.0.1', 'localhost', '[::1]'])

export const SNIPPETS: Snippet[] = [
  {
    id: 'env',
    name: '.env',
    file: '.env',
    code: target =>
      lines(
        `SMTP_HOST=${target.host}`,
        `SMTP_PORT=${target.port}`,
        target.login && `SMTP_USER=${LOGIN.user}`,
        target.login && `SMTP_PASSWORD=${LOGIN.password}`,
        target.tls && 'SMTP_STARTTLS=true',
        `SMTP_URL=smtp://${loginIn(target)}${target.host}:${target.port}`,
      ),
  },
  {
    id: 'nodemailer',
    name: 'Nodemailer',
    file: 'mail.js',
    code: ({ host, port, tls, login }) =>
      lines(
        tls && "import { readFileSync } from 'node:fs'",
        "import nodemailer from 'nodemailer'",
        '',
        'const transport = nodemailer.createTransport({',
        `  host: '${host}',`,
        `  port: ${port},`,
        tls ? '  requireTLS: true,' : '  secure: false,',
        tls && `  tls: { ca: readFileSync('${CA_FILE}') },`,
        login && `  auth: { user: '${LOGIN.user}', pass: '${LOGIN.password}' },`,
        '})',
      ),
  },
  {
    id: 'rails',
    name: 'Rails',
    file: 'config/environments/development.rb',
    code: ({ host, port, tls, login }) =>
      lines(
        'config.action_mailer.delivery_method = :smtp',
        'config.action_mailer.perform_deliveries = true',
        'config.action_mailer.smtp_settings = {',
        `  address: "${host}",`,
        `  port: ${port},`,
        login && `  user_name: "${LOGIN.user}",`,
        login && `  password: "${LOGIN.password}",`,
        login && '  authentication: :plain,',
        tls && '  enable_starttls: true,',
        tls && `  ca_file: "${CA_FILE}",`,
        '}',
      ),
  },
  {
    id: 'django',
    name: 'Django',
    file: 'settings.py',
    code: ({ host, port, tls, login }) =>
      lines(
        tls && `# and in the environment: SSL_CERT_FILE=${CA_FILE}`,
        'EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"',
        `EMAIL_HOST = "${host}"`,
        `EMAIL_PORT = ${port}`,
        login && `EMAIL_HOST_USER = "${LOGIN.user}"`,
        login && `EMAIL_HOST_PASSWORD = "${LOGIN.password}"`,
        tls && 'EMAIL_USE_TLS = True',
      ),
  },
  {
    id: 'laravel',
    name: 'Laravel',
    file: '.env',
    code: ({ host, port, login }) =>
      lines(
        'MAIL_MAILER=smtp',
        `MAIL_HOST=${host}`,
        `MAIL_PORT=${port}`,
        `MAIL_USERNAME=${login ? LOGIN.user : 'null'}`,
        `MAIL_PASSWORD=${login ? LOGIN.password : 'null'}`,
        'MAIL_SCHEME=null',
      ),
  },
  {
    id: 'symfony',
    name: 'Symfony',
    file: '.env.local',
    code: target => `MAILER_DSN=smtp://${loginIn(target)}${target.host}:${target.port}`,
  },
  {
    id: 'spring',
    name: 'Spring',
    file: 'application.properties',
    code: ({ host, port, tls, login }) =>
      lines(
        `spring.mail.host=${host}`,
        `spring.mail.port=${port}`,
        login && `spring.mail.username=${LOGIN.user}`,
        login && `spring.mail.password=${LOGIN.password}`,
        login && 'spring.mail.properties.mail.smtp.auth=true',
        tls && 'spring.mail.properties.mail.smtp.starttls.required=true',
      ),
  },
  {
    id: 'dotnet',
    name: '.NET',
    file: 'MailKit',
    code: ({ host, port, tls, login }) =>
      lines(
        'using var client = new SmtpClient();',
        `await client.ConnectAsync("${host}", ${port}, SecureSocketOptions.${tls ? 'StartTls' : 'None'});`,
        login && `await client.AuthenticateAsync("${LOGIN.user}", "${LOGIN.password}");`,
        'await client.SendAsync(message);',
      ),
  },
  {
    id: 'go',
    name: 'Go',
    file: 'net/smtp',
    code: ({ host, port, tls, login }) =>
      lines(
        login &&
          !tls &&
          !GO_TRUSTS.has(host) &&
          '// net/smtp logs in without TLS at localhost only: start maildouble with --tls',
        login && `auth := smtp.PlainAuth("", "${LOGIN.user}", "${LOGIN.password}", "${host.replace(/^\[|\]$/g, '')}")`,
        `err := smtp.SendMail("${host}:${port}", ${login ? 'auth' : 'nil'}, from, to, message)`,
      ),
  },
  {
    id: 'phoenix',
    name: 'Phoenix',
    file: 'config/dev.exs',
    code: ({ host, port, tls, login }) =>
      lines(
        'config :my_app, MyApp.Mailer,',
        '  adapter: Swoosh.Adapters.SMTP,',
        `  relay: "${host}",`,
        `  port: ${port},`,
        login && `  username: "${LOGIN.user}",`,
        login && `  password: "${LOGIN.password}",`,
        `  tls: ${tls ? ':always' : ':never'},`,
        tls && `  tls_options: [verify: :verify_peer, cacertfile: "${CA_FILE}"],`,
        `  auth: ${login ? ':always' : ':never'}`,
      ),
  },
  {
    id: 'swaks',
    name: 'swaks',
    file: 'in a shell',
    code: ({ host, port, tls, login }) =>
      [
        `swaks --server ${host}:${port} --from me@example.com --to ada@example.com`,
        ...(tls ? ['--tls'] : []),
        ...(login ? [`--auth-user ${LOGIN.user} --auth-password ${LOGIN.password}`] : []),
      ].join(' '),
  },
]
