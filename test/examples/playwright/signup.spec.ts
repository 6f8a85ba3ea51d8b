import { expect, test } from 'maildouble/playwright'

test('who signs up on the page confirms by mail', async ({ page, inbox }) => {
  const ada = inbox.address('ada')
  await page.goto('/')
  await page.getByLabel('Mail').fill(ada)
  await page.getByRole('button', { name: 'Sign up' }).click()

  const mail = await inbox.next({ subject: /confirm/i })
  await page.goto(mail.link('Confirm').path)
  await expect(page.getByRole('heading')).toHaveText(`Welcome, ${ada}`)
})

for (const name of ['bob', 'cem', 'dan', 'eve', 'fay', 'gus', 'hal']) {
  test(`${name} signs up at the same time`, async ({ request, inbox }) => {
    const address = inbox.address(name)
    await request.post('/', { form: { email: address } })

    await expect(inbox).toHaveReceivedOnce({ to: address })
    const answer = await request.get((await inbox.next()).link('Confirm').path)
    expect(await answer.text()).toContain(`Welcome, ${address}`)
  })
}
