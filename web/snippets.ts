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

export interface Snippet {
  id: string
  name: string
  /** Where it goes. */
  file: string
  code: (smtp: SmtpAddress) => string
}

const lines = (...all: string[]) => all.join('\n')

export const SNIPPETS: Snippet[] = [
  {
    id: 'env',
    name: '.env',
    file: '.env',
    code: ({ host, port }) => lines(`SMTP_HOST=${host}`, `SMTP_PORT=${port}`, `SMTP_URL=smtp://${host}:${port}`),
  },
  {
    id: 'nodemailer',
    name: 'Nodemailer',
    file: 'mail.js',
    code: ({ host, port }) =>
      lines(
        "import nodemailer from 'nodemailer'",
        '',
        'const transport = nodemailer.createTransport({',
        `  host: '${host}',`,
        `  port: ${port},`,
        '  secure: false,',
        '})',
      ),
  },
  {
    id: 'rails',
    name: 'Rails',
    file: 'config/environments/development.rb',
    code: ({ host, port }) =>
      lines(
        'config.action_mailer.delivery_method = :smtp',
        'config.action_mailer.perform_deliveries = true',
        'config.action_mailer.smtp_settings = {',
        `  address: "${host}",`,
        `  port: ${port},`,
        '}',
      ),
  },
  {
    id: 'django',
    name: 'Django',
    file: 'settings.py',
    code: ({ host, port }) =>
      lines(
        'EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"',
        `EMAIL_HOST = "${host}"`,
        `EMAIL_PORT = ${port}`,
      ),
  },
  {
    id: 'laravel',
    name: 'Laravel',
    file: '.env',
    code: ({ host, port }) =>
      lines(
        'MAIL_MAILER=smtp',
        `MAIL_HOST=${host}`,
        `MAIL_PORT=${port}`,
        'MAIL_USERNAME=null',
        'MAIL_PASSWORD=null',
        'MAIL_SCHEME=null',
      ),
  },
  { id: 'symfony', name: 'Symfony', file: '.env.local', code: ({ host, port }) => `MAILER_DSN=smtp://${host}:${port}` },
  {
    id: 'spring',
    name: 'Spring',
    file: 'application.properties',
    code: ({ host, port }) => lines(`spring.mail.host=${host}`, `spring.mail.port=${port}`),
  },
  {
    id: 'dotnet',
    name: '.NET',
    file: 'MailKit',
    code: ({ host, port }) =>
      lines(
        'using var client = new SmtpClient();',
        `await client.ConnectAsync("${host}", ${port}, SecureSocketOptions.None);`,
        'await client.SendAsync(message);',
      ),
  },
  {
    id: 'go',
    name: 'Go',
    file: 'net/smtp',
    code: ({ host, port }) => `err := smtp.SendMail("${host}:${port}", nil, from, to, message)`,
  },
  {
    id: 'phoenix',
    name: 'Phoenix',
    file: 'config/dev.exs',
    code: ({ host, port }) =>
      lines(
        'config :my_app, MyApp.Mailer,',
        '  adapter: Swoosh.Adapters.SMTP,',
        `  relay: "${host}",`,
        `  port: ${port},`,
        '  tls: :never,',
        '  auth: :never',
      ),
  },
  {
    id: 'swaks',
    name: 'swaks',
    file: 'in a shell',
    code: ({ host, port }) => `swaks --server ${host}:${port} --from me@example.com --to ada@example.com`,
  },
]
