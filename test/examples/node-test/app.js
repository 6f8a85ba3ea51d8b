/** The app that is tested: it knows nothing of maildouble. */
import { createTransport } from 'nodemailer'

const transport = createTransport(process.env.SMTP_URL)

export async function signUp(email) {
  await transport.sendMail({
    from: 'The app <app@example.org>',
    to: email,
    subject: 'Welcome to the app',
    html: '<p>Hello! <a href="https://app.example/confirm?token=7">Confirm</a></p>',
  })
}
