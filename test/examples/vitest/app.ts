/** The app that is tested: it knows nothing of maildouble. */
import { createTransport } from 'nodemailer'

const transport = createTransport(process.env.SMTP_URL)

export async function signUp(email: string): Promise<void> {
  await transport.sendMail({
    from: 'The app <app@example.org>',
    to: email,
    subject: 'Welcome to the app',
    text: 'Hello! Your code is 739204.',
    html: '<p>Hello! Your code is <b>739204</b>. <a href="https://app.example/confirm?token=7">Confirm</a></p>',
    attachments: [{ filename: 'terms.pdf', content: 'terms' }],
  })
}

export async function signOut(email: string): Promise<void> {
  await transport.sendMail({ from: 'app@example.org', to: email, subject: 'Goodbye', text: 'See you!' })
}
